"""The fast path takes what is plainly in order and leaves the rest, and no more than the rest."""

import pytest

from bronze.readers.csv_rows.reader import CsvRows
from bronze.readers.json_lines.reader import JsonLines
from bronze.readers.plan import read_plan
from bronze.readers.text.lines import Block
from tests.support.reader_files import Read, line, long_mapping, wide_mapping

CSV_HEAD = b"at,sensor,temp,speed\n"
CSV_ROW = b"2026-01-01T00:00:00Z,a,215,1500\n"


def _json_lines_taken(content: bytes, *, infer: bool = False) -> list[int]:
    sources = JsonLines(read_plan(long_mapping())).fast(Block(content, 1, 0), infer=infer)
    assert sources is not None
    return [number for source in sources for number in source.line.tolist()]


def _csv_lines_taken(content: bytes) -> list[int]:
    sources = CsvRows(read_plan(wide_mapping()), CSV_HEAD).fast(Block(content, 1, 0), infer=False)
    assert sources is not None
    return [number for source in sources for number in source.line.tolist()]


def test_clean_lines_are_all_taken() -> None:
    content = b"".join(line(sequence=n, unit="\u00b0C") + b"\n" for n in range(1000))

    assert _json_lines_taken(content) == list(range(1000))


@pytest.mark.parametrize(
    "bad",
    [
        b"garbage",
        b"",
        line() + line(),
        line(value="1"),
        line(value=float("nan")),
        line(value=None),
        line(timestamp="2026-01-01T00:00:00"),
        line(tags=[1]),
        line().replace(b"}", b',"value":1}'),
        line().replace(b"S1", b"\xff"),
    ],
)
def test_one_doubtful_line_is_left_and_its_neighbours_are_taken(bad: bytes) -> None:
    content = b"\n".join([*[line()] * 50, bad, *[line()] * 50, b""])

    assert _json_lines_taken(content) == [*range(50), *range(51, 101)]


def test_unknown_fields_are_learnt_from_a_small_part() -> None:
    reader = JsonLines(read_plan(long_mapping()))
    # Lines with carriage returns are Arrow's.
    content = b"\r\n".join(line(rssi=-n, sent="2026-01-01T00:00:00Z") for n in range(20))

    assert reader.fast(Block(content, 1, 0), infer=False) is None
    assert reader.fast(Block(content, 1, 0), infer=True) is not None
    learnt = reader.fast(Block(content, 1, 0), infer=False)

    assert learnt is not None
    assert learnt[0].rescued[3].as_py() == '{"rssi": -3, "sent": "2026-01-01T00:00:00Z"}'


def test_lines_with_unknown_fields_that_change_are_all_taken() -> None:
    content = b"".join(line(**{f"new{n}": n, "note": "a", "old": None}) + b"\n" for n in range(100))

    assert _json_lines_taken(content) == list(range(100))


def test_clean_rows_of_csv_are_all_taken() -> None:
    assert _csv_lines_taken(CSV_ROW * 500) == list(range(500))
    assert _csv_lines_taken(CSV_ROW.replace(b",a,", b',"a",') * 500) == list(range(500))


@pytest.mark.parametrize(
    "bad", [b"garbage\n", b"2026-01-01,a,hot,1\n", b"x,a,1,1\n", b"2026-01-01T00:00:00Z,a,nan,1\n"]
)
def test_one_doubtful_row_of_csv_is_left_and_its_neighbours_are_taken(bad: bytes) -> None:
    assert _csv_lines_taken(CSV_ROW * 50 + bad + CSV_ROW * 50) == [*range(50), *range(51, 101)]


@pytest.mark.parametrize(
    ("written", "count"), [(b"Inf", 0), (b"-Inf", 0), (b"1" * 5_000, 0), (b"1" * 400, 100), (b"1e400", 100)]
)
def test_a_number_in_an_ignored_field_has_one_fate_on_both_roads(written: bytes, count: int) -> None:
    content = line().replace(b"}", b', "extra": ' + written + b"}\n") * 100
    mapping = long_mapping(ignored=["extra"])

    read = Read(content, mapping)

    assert len(read.rows) == count
    assert read.all == Read(content, mapping, use_fast=False).all


@pytest.mark.parametrize("written", [b"-0", b"-0.0", b"-0e5"])
def test_there_is_one_zero(written: bytes) -> None:
    content = line(value=71.5).replace(b"71.5", written) + b"\n"

    for use_fast in (True, False):
        assert str(Read(content * 100, long_mapping(), use_fast=use_fast).rows[0]["value"]) == "0.0"
