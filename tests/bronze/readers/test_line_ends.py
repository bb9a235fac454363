"""What ends a line: in CSV a newline, a carriage return, or both, as for Python's csv; in JSON Lines a newline."""

import csv
import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.readers.text.lines import BLOCK, with_newlines
from domain.record import reasons
from tests.support.reader_files import NOTES, Read, line, long_mapping, wide_mapping

HEAD = "at,sensor,temp,speed\n"
ROW = "2026-01-01T00:00:00Z,a,215,1500\n"
ENDS = pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])


def ended(text: str, end: str) -> bytes:
    return text.replace("\n", end).encode()


def by_python(content: bytes) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(content.decode(), newline="")) if row]


@ENDS
@pytest.mark.parametrize("rows", [2, 100_000], ids=["one block", "several blocks"])
def test_every_row_of_a_csv_file_is_read_whatever_ends_its_lines(end: str, rows: int) -> None:
    content = ended(HEAD + ROW * rows, end)

    read = Read(content, wide_mapping())

    assert read.rejected == []
    assert read.records == len(read.rows) == 2 * (len(by_python(content)) - 1)
    assert [row["_line"] for row in read.rows[::2]] == list(range(2, rows + 2))


@ENDS
def test_a_compressed_file_and_one_without_a_last_end_are_read_alike(end: str) -> None:
    content = ended(HEAD + ROW * 3, end).rstrip()

    assert Read(gzip.compress(content), wide_mapping()).all == Read(content, wide_mapping()).all
    assert len(Read(content, wide_mapping()).rows) == 6


@ENDS
def test_a_quoted_field_keeps_the_line_end_within_it(end: str) -> None:
    content = ended('at,machine,kind,note\n2026-01-01,1,comp1,"first\nsecond"\n2026-01-02,2,comp2,x\n', end)

    read = Read(content, long_mapping(**NOTES))

    assert read.rejected == []
    assert [row["detail"] for row in read.rows] == [f"first{end}second", "x"] == [r[3] for r in by_python(content)[1:]]
    assert [row["_line"] for row in read.rows] == [2, 4]


def test_one_line_that_ends_otherwise_than_its_file_is_a_line_too() -> None:
    content = (HEAD + ROW * 2).encode() + ROW.replace("\n", "\r").encode() + ROW.encode()

    read = Read(content, wide_mapping())

    assert [row["_line"] for row in read.rows] == [2, 2, 3, 3, 4, 4, 5, 5]


@ENDS
def test_a_bad_row_is_rejected_alone_with_its_place(end: str) -> None:
    read = Read(ended(HEAD + ROW + "modem restarted\n" + ROW, end), wide_mapping())

    (entry,) = read.rejected
    assert (entry["reason"], entry["raw"], entry["_line"]) == (reasons.WRONG_FIELD_COUNT, b"modem restarted", 3)
    assert entry["_offset"] == len(ended(HEAD + ROW, end))
    assert (read.records, len(read.rows)) == (5, 4)


@ENDS
def test_a_line_that_is_too_long_ends_where_its_end_stands(end: str) -> None:
    read = Read(ended(HEAD + ROW + "x" * 3_000_000 + "\n" + ROW, end), wide_mapping())

    (entry,) = read.rejected
    assert (entry["reason"], entry["_line"]) == (reasons.LINE_TOO_LONG, 3)
    assert "has 3000000 bytes" in entry["detail"]
    assert [row["_line"] for row in read.rows] == [2, 2, 4, 4]


@pytest.mark.parametrize("place", range(BLOCK - 3, BLOCK + 2))
def test_an_end_of_two_bytes_is_one_end_wherever_a_block_is_cut(place: int) -> None:
    head, row = (HEAD + ROW).replace("\n", "\r\n").encode(), ROW.replace("\n", "\r\n").encode()
    content = head + b" " * (place - len(head)) + b"\r\n" + row

    assert [found["_line"] for found in Read(content, wide_mapping()).rows] == [2, 2, 4, 4]


@given(st.text(alphabet="a\r\n", max_size=12).map(str.encode))
def test_only_a_carriage_return_without_a_newline_behind_it_becomes_one(data: bytes) -> None:
    assert with_newlines(data) == data.replace(b"\r\n", b"\0\n").replace(b"\r", b"\n").replace(b"\0\n", b"\r\n")


@given(st.lists(st.sampled_from(["1,2,3,4", "1", ",,", '"c\rd",2,3,4', "\r", "\n", "\r\n"]), max_size=12))
def test_records_are_counted_as_by_pythons_csv(parts: list[str]) -> None:
    content = (HEAD + "".join(parts)).encode()

    read = Read(content, long_mapping(**{**NOTES, "columns": {"machine_id": "sensor", "code": "temp"}}))

    assert read.records == len(by_python(content)) - 1


def test_json_lines_that_a_carriage_return_alone_ends_are_one_record_that_says_so() -> None:
    read = Read(b"\r".join([line(), line(), line()]), long_mapping())

    (entry,) = read.rejected
    assert (read.records, entry["reason"], entry["record_count"]) == (1, reasons.SEVERAL_OBJECTS, 1)
    assert "a carriage return (CR) alone ends no line of JSON Lines; end lines with a newline" in entry["detail"]


@pytest.mark.parametrize("count", [8_000, 40_000], ids=["a line within a block", "a line over several"])
def test_a_long_file_of_such_json_says_so_too(count: int) -> None:
    (entry,) = Read(b"\r".join([line()] * count), long_mapping()).rejected

    assert entry["reason"] == reasons.LINE_TOO_LONG
    assert "a carriage return (CR) alone ends no line" in entry["detail"]


def test_a_carriage_return_within_an_object_is_white_space() -> None:
    read = Read(line().replace(b", ", b",\r") + b"\n" + line(), long_mapping())

    assert (len(read.rows), read.rejected) == (2, [])
