"""What a draft sees in the first bytes of a file: delimiter, header, encoding, time; or why it is no table."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs.plant.draft.table import NoTable, Table
from jobs.plant.draft.text_table import table_of
from jobs.plant.draft.times import time_of


def table(text: str, encoding: str = "utf-8") -> Table:
    found = table_of(text.encode(encoding), is_whole=True)
    assert isinstance(found, Table), found
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_parts_lines_alike(delimiter: str) -> None:
    found = table(f"time{delimiter}a\n2026-01-01 00:00{delimiter}1\n2026-01-01 00:01{delimiter}2\n")

    assert (found.delimiter, found.names, found.has_header) == (delimiter, ("time", "a"), True)
    assert found.column("a") == ("1", "2")


def test_commas_of_numbers_are_no_delimiter() -> None:
    found = table("Zeit;Temperatur [°C];Druck\n01.02.2026 00:00:00;21,5;1,02\n01.02.2026 00:01:00;21,6;1,03\n")

    assert (found.delimiter, found.names[1]) == (";", "Temperatur [°C]")


def test_lines_above_the_header_are_skipped_and_a_missing_header_is_seen() -> None:
    above = table("Logger 7\nserial 4711\ntime,a,b\n2026-01-01T00:00:00Z,1,2\n2026-01-01T00:01:00Z,1,2\n")
    without = table("1,2,3\n4,5,6\n")

    assert (above.skipped, above.names) == (2, ("time", "a", "b"))
    assert (without.has_header, without.names, len(without.rows)) == (False, ("column_1", "column_2", "column_3"), 2)


def test_a_clock_in_columns_without_a_header_is_named() -> None:
    assert table("9,10,39,0.3,0.1\n9,10,40,0.4,0.2\n").names[:4] == ("hour", "minute", "second", "column_4")


def test_runs_of_blanks_part_fields_too() -> None:
    found = table("  1.5   2.5  3.5\n 1.6  2.6   3.6\n")

    assert (found.delimiter, found.rows[1]) == (" ", ("1.6", "2.6", "3.6"))


@pytest.mark.parametrize(
    ("encoding", "told"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "auto"), ("cp1252", "cp1252")]
)
def test_the_encoding_is_told_where_it_is_another(encoding: str, told: str) -> None:
    assert table("time,temp °C\n2026-01-01 00:00,1\n", encoding).encoding == told


def test_a_cut_last_line_is_left_out() -> None:
    found = table_of(b"time,a\n2026-01-01 00:00,15\n2026-01-01 00:01,1", is_whole=False)

    assert isinstance(found, Table)
    assert found.column("a") == ("15",)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"PK\x03\x04rest", "workbook"), (b"PAR1rest", "Parquet"), (b"a\0b\n", "binary"), (b"", "no line"),
        (b'{"a": [1, 2]}\n', "arrays"), (b"[\n1]\n", "no object"), (b"one\ntwo\n", "no delimiter"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_named(head: bytes, reason: str) -> None:
    found = table_of(head, is_whole=True)

    assert isinstance(found, NoTable)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2026-01-31T10:00:00Z", "2026-01-31T10:01:00Z", ("zoned", "us", "")),
        ("2026-01-31 10:00", "2026-01-31 10:01", ("local", "us", "")),
        ("1769853600", "1769853660", ("epoch", "s", "")),
        ("1769853600000", "1769853660000", ("epoch", "ms", "")),
        ("1769853600000000000", "1769853660000000000", ("epoch", "ns", "")),
        ("31.01.2026 10:00:00,5", "31.01.2026 10:01:00,5", ("local", "us", "%d.%m.%Y %H:%M:%S,%f")),
        ("31/01/2026 10:00", "31/01/2026 10:01", ("local", "us", "%d/%m/%Y %H:%M")),
        ("01/31/2026 10:00", "01/31/2026 10:01", ("local", "us", "%m/%d/%Y %H:%M")),
        ("20260131100000", "20260131100100", ("local", "us", "%Y%m%d%H%M%S")),
    ],
)
def test_the_form_of_the_time_is_seen(first: str, second: str, expected: tuple[str, str, str]) -> None:
    found = time_of(table(f"a;stamp\n1;{first}\n2;{second}\n"))

    assert found is not None
    assert (found.kind, found.unit, found.format) == expected
    assert found.columns == ("stamp",)
    assert found.first is not None
    assert found.first.replace(microsecond=0) == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert found.step == timedelta(minutes=1)
    assert ("zone" in found.question) == (found.kind == "local")


def test_a_date_and_a_clock_in_two_columns_are_one_time() -> None:
    found = time_of(table("date;clock;a\n31.01.2026;10:00:00;1\n31.01.2026;10:00:01;2\n"))

    assert found is not None
    assert (found.columns, found.format) == (("date", "clock"), "%d.%m.%Y %H:%M:%S")


def test_day_or_month_is_asked_for_where_no_number_says_it() -> None:
    found = time_of(table("stamp;a\n01/02/2026 10:00;1\n03/02/2026 10:01;2\n"))

    assert found is not None
    assert "month" in found.question


def test_small_numbers_are_no_time() -> None:
    assert time_of(table("a,b\n1,2\n3,4\n")) is None
