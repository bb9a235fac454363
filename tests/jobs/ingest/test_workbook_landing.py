"""Workbooks in the landing folder: each sheet is a content of its own; cells are what Excel shows, to the bit."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from expectations.errors import MappingError
from expectations.mapping.file import parse_mapping
from jobs.runtime.exits import ExitCode
from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant
from tests.support.workbook import CLOCK, DATE, ELAPSED, STAMP, Cell, Value, workbook

MAPPING = """
feed = "readings"
files = {files}
format = "xlsx"
shape = "wide_by_metric"
missing = ["-", "#N/A"]
{keys}
[time]
{time}
kind = "local"
zone = "Europe/Berlin"
[constants]
machine_id = "M1"
factory_id = "F1"
[templates]
sensor_id = "{{machine_id}}/{{metric}}"
[metrics]
Temp = {{ metric = "temperature", unit = "C", states = {{ true = 1, OFF = 0 }} }}
"""
SIX = Cell("46328.25", style=STAMP)
"""2026-11-02 06:00 where days are counted from 1900."""


def _plane(root: Path, files: str = '["*.xlsx/Data"]', keys: str = "", time: str = 'column = "Time"') -> Plane:
    plant = write_small_plant(root)
    for mapping in (plant / "mappings").glob("*.toml"):
        mapping.unlink()
    (plant / "mappings" / "sheets.toml").write_text(MAPPING.format(files=files, keys=keys, time=time))
    return Plane(root, "none", str(plant))


def _readings(plane: Plane) -> list[tuple[str, float]]:
    rows = sorted(plane.rows("bronze.readings"), key=lambda row: row["_line"])
    return [(f"{row['measured_at']:%Y-%m-%dT%H:%M:%S.%f}", row["value"]) for row in rows]


def _rejected(plane: Plane) -> list[tuple[int, str]]:
    return sorted((row["_line"], row["reason"]) for row in plane.rows("bronze.rejected"))


def _cells(*values: Value, **keys: Any) -> bytes:
    """A sheet of one value a minute."""
    stamps = (Cell(repr(46328.25 + minute / 1440), style=STAMP) for minute in range(len(values)))
    return workbook(
        {"Data": [["Time", "Temp"], *([at, value] for at, value in zip(stamps, values, strict=True))]}, **keys
    )


def test_cells_are_read_by_their_types_and_counted(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    values: list[Value] = [
        21.5, 0.1 + 0.2, Cell("12", formula="A1*2"), True, "OFF", None, "-", Cell("#N/A", "e"),
        Cell("#DIV/0!", "e"), "hot", False, Cell("1e-7"),
    ]  # fmt: skip
    plane.land("a.xlsx", _cells(*values))

    plane.ingest()

    row = plane.ledger()["a.xlsx/Data"]
    assert [value for _, value in _readings(plane)] == [21.5, 0.1 + 0.2, 12.0, 1.0, 0.0, 1e-7]
    assert _rejected(plane) == [(10, "wrong_type"), (11, "wrong_type"), (12, "wrong_type")]
    assert "#DIV/0!" in plane.rows("bronze.rejected")[0]["detail"]
    assert [row[name] for name in ("records", "rows", "blank", "rejected")] == [12, 6, 3, 3]


def test_a_formula_without_a_stored_value_is_rejected_and_an_empty_text_is_blank(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("a.xlsx", _cells(21.5, Cell("", formula="B2+1"), Cell("", "str", formula='IF(1,"")')))

    plane.ingest()

    row = plane.ledger()["a.xlsx/Data"]
    (rejected,) = plane.rows("bronze.rejected")
    assert [row[name] for name in ("records", "rows", "blank", "rejected")] == [3, 1, 1, 1]
    assert "got text '=B2+1 (no value is stored" in rejected["detail"]


def test_rows_of_nothing_but_formulas_without_values_are_records_too(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    copied: list[Value] = [Cell("", formula="Log!A2"), Cell("", formula="Log!B2")]
    rows: list[list[Value]] = [["Time", "Temp"], copied, copied]
    plane.land("a.xlsx", workbook({"Data": rows}))

    report = plane.ingest()

    assert [plane.ledger()["a.xlsx/Data"][name] for name in ("records", "rejected")] == [2, 2]
    assert report.exit_code == ExitCode.REFUSED


@pytest.mark.parametrize("is_1904", [False, True], ids=["1900", "1904"])
def test_dates_of_both_systems_are_local_times(tmp_path: Path, is_1904: bool) -> None:
    plane = _plane(tmp_path)
    base = 46328 - 1462 * is_1904
    stamps = [Cell(repr(base + part), style=STAMP) for part in (0.0, 0.25, 0.250011574074, 0.25000001)]
    rows: list[list[Value]] = [["Time", "Temp"]]
    rows += [[at, 5.0] for at in stamps]
    plane.land("a.xlsx", workbook({"Data": rows}, is_1904=is_1904))

    plane.ingest()

    assert [at for at, _ in _readings(plane)] == [
        "2026-11-01T23:00:00.000000", "2026-11-02T05:00:00.000000", "2026-11-02T05:00:01.000000",
        "2026-11-02T05:00:00.001000",
    ]  # fmt: skip


def test_a_day_and_a_clock_in_two_columns_are_one_time(tmp_path: Path) -> None:
    plane = _plane(tmp_path, time='columns = ["Day", "Clock"]')
    row: list[Value] = [Cell("46328", style=DATE), Cell("0.75", style=CLOCK), 5.0]
    plane.land("a.xlsx", workbook({"Data": [["Day", "Clock", "Temp"], row]}))

    plane.ingest()

    assert _readings(plane) == [("2026-11-02T17:00:00.000000", 5.0)]


@pytest.mark.parametrize("cell", [Cell("46328", style=DATE), Cell("1.25", style=ELAPSED), Cell("46328.25"), "soon"])
def test_a_cell_that_is_no_time_with_a_clock_is_refused(tmp_path: Path, cell: Value) -> None:
    plane = _plane(tmp_path)
    plane.land("a.xlsx", workbook({"Data": [["Time", "Temp"], [cell, 5.0]]}))

    plane.ingest()

    assert _rejected(plane) == [(2, "time_unreadable")]


def test_sheets_are_read_by_name_by_number_and_hidden_ones_only_when_they_are_named(tmp_path: Path) -> None:
    rows: list[list[Value]] = [["Time", "Temp"], [SIX, 1.0]]
    book = workbook(
        {"Data": rows, "Second": [rows[0], [SIX, 2.0]], "Old": [rows[0], [SIX, 3.0]], "Note": [["hello"]]},
        hidden=["Old"],
    )
    found: dict[str, list[float]] = {}
    for files in ('["*.xlsx/Data"]', '["*.xlsx/#2"]', '["*.xlsx/hidden:Old"]', '["*.xlsx/[DS]*"]'):
        root = tmp_path / str(len(found))
        root.mkdir()
        plane = _plane(root, files)
        plane.land("a.xlsx", book)
        plane.ingest()
        again = plane.ingest()
        found[files] = sorted(value for _, value in _readings(plane))
        assert not again.changed

    assert list(found.values()) == [[1.0], [2.0], [3.0], [1.0, 2.0]]
    assert {path: row["outcome"] for path, row in plane.ledger().items()} == {
        "a.xlsx": "unpacked", "a.xlsx/Data": "read", "a.xlsx/Second": "read", "a.xlsx/hidden:Old": "unmatched",
        "a.xlsx/Note": "unmatched",
    }  # fmt: skip


def test_the_header_is_found_and_lines_are_rows_of_the_sheet(tmp_path: Path) -> None:
    plane = _plane(tmp_path, keys="[csv]\nfind_header = true\nskip_after_header = 1")
    rows: list[list[Value]] = [
        ["Line 7, tested"],
        [None],
        ["Time", "Temp", "Note\nof shift"],
        ["", "C"],
        [SIX, 5.0, 'a "b",\nc'],
        [None],
        [SIX, "hot"],
    ]
    plane.land("a.xlsx", workbook({"Data": rows}, merged={"Data": "A1:C1"}, first_row=3))

    plane.ingest()

    (row,) = plane.rows("bronze.readings")
    assert (row["_line"], row["value"]) == (7, 5.0)
    assert row["_rescued"] == '{"Note of shift": "a \\"b\\", c"}'
    assert _rejected(plane) == [(9, "wrong_type")]


def test_a_saved_again_workbook_reads_only_the_sheet_that_changed(tmp_path: Path) -> None:
    plane = _plane(tmp_path, '["*.xlsx/*"]')
    rows: list[list[Value]] = [["Time", "Temp"], [SIX, 1.0]]
    plane.land("a.xlsx", workbook({"Data": rows, "B": [["Time", "Temp"], [SIX, 2.0]]}), modified=1_790_000_000)
    plane.ingest()

    plane.land("a.xlsx", workbook({"Data": rows, "B": [["Time", "Temp"], [SIX, 2.5]]}), modified=1_790_000_060)
    plane.ingest()

    ledger = plane.ledger()
    assert (ledger["a.xlsx/Data"]["outcome"], ledger["a.xlsx/B"]["outcome"]) == ("duplicate_file", "file_changed")
    assert sorted(value for _, value in _readings(plane)) == [1.0, 2.0, 2.5]


@pytest.mark.parametrize("cut", [0.2, 0.6, 0.99])
def test_a_workbook_that_cannot_be_opened_is_one_rejected_record(tmp_path: Path, cut: float) -> None:
    plane = _plane(tmp_path)
    book = _cells(1.0, 2.0)
    plane.land("a.xlsx", book[: int(cut * len(book))])

    plane.ingest()
    again = plane.ingest()

    assert [(row["reason"], row["record_count"]) for row in plane.rows("bronze.rejected")] == [("unreadable_file", 1)]
    assert plane.table("bronze.readings").num_rows == 0
    assert not again.changed


@pytest.mark.parametrize(
    ("files", "keys", "message"),
    [
        ('["*.xlsx"]', "", "format xlsx reads sheets; name them in files"),
        ('["*.xlsx/Data"]', 'encoding = "cp1252"', "are for texts; format is xlsx"),
        ('["*.xlsx/Data"]', '[numbers]\ndecimal = ","', "are for texts; format is xlsx"),
        ('["*.xlsx/Data"]', "[csv]\nunguard = true", "are for texts; format is xlsx"),
        ('["*.xlsx/Data"]', "appended = true", "appended is for files of lines"),
    ],
)
def test_keys_of_texts_are_refused_for_sheets(files: str, keys: str, message: str) -> None:
    text = MAPPING.format(files=files, keys=keys, time='column = "Time"')

    with pytest.raises(MappingError, match=message):
        parse_mapping(tomllib.loads(text), "sheets")


def test_sheets_are_refused_for_texts_and_serial_days_for_sheets() -> None:
    text = MAPPING.format(files='["*.xlsx/Data"]', keys="", time='column = "Time"')

    with pytest.raises(MappingError, match="legal: xlsx"):
        parse_mapping(tomllib.loads(text.replace('"xlsx"', '"csv"')), "sheets")
    with pytest.raises(MappingError, match="are its date cells"):
        parse_mapping(tomllib.loads(text.replace('"local"', '"excel"')), "sheets")
