"""The tail of a CSV file that grew is read as in one go, whatever its headers and its encoding."""

import io

import pytest

from bronze.readers.csv_rows.earlier import BLOCK, earlier_headers
from tests.support.reader_files import Read, wide_mapping

HEAD, SWAPPED = "at,sensor,temp,speed\n", "at,sensor,speed,temp\n"
ROW = "2026-01-01T00:00:00Z,a,215,1500\n"
MANY = ROW * (BLOCK // len(ROW) + 1)


@pytest.mark.parametrize(
    "before",
    [HEAD + ROW, HEAD + ROW + SWAPPED, HEAD + MANY + SWAPPED + ROW, HEAD + SWAPPED + MANY + HEAD + MANY, HEAD],
    ids=["one header", "a second", "a second far below", "a third far below", "a header alone"],
)
def test_a_tail_is_read_by_the_last_header_before_it(before: str) -> None:
    data, mapping = before.encode(), wide_mapping()
    header = earlier_headers(io.BytesIO(data), len(data), mapping)
    line, size = before.count("\n") + 1, len(data)

    tail = Read(ROW.encode(), mapping, header=header, first_line=line, first_byte=size)

    assert tail.rows == [row for row in Read(data + ROW.encode(), mapping).rows if row["_line"] == line]
    assert len(tail.rows) == 2


def test_a_tail_in_another_encoding_has_the_names_of_its_header() -> None:
    metrics = {"temp °C": {"metric": "temperature", "unit": "C"}}
    mapping = wide_mapping(encoding="cp1252", metrics=metrics)
    data = "at,sensor,temp °C\n2026-01-01T00:00:00Z,a,21.5\n".encode("cp1252")
    tail = b"2026-01-01T00:01:00Z,a,21.7\n"
    header = earlier_headers(io.BytesIO(data), len(data), mapping)

    read = Read(tail, mapping, header=header, first_line=3, first_byte=len(data))

    assert [(row["value"], row["_line"]) for row in read.rows] == [(21.7, 3)]


def test_a_row_of_units_below_the_last_header_is_no_record_of_the_tail() -> None:
    mapping = wide_mapping(csv={"skip_after_header": 1})
    for before, tail in ((HEAD, "-,-,C,rpm\n" + ROW), (HEAD + "-,-,C,rpm\n" + ROW, ROW)):
        data = before.encode()
        header = earlier_headers(io.BytesIO(data), len(data), mapping)

        read = Read(tail.encode(), mapping, header=header, first_line=9, first_byte=len(data))

        assert (len(read.rows), read.rejected) == (2, [])
