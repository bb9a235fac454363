"""Records of CSV: by example, by Python's `csv`, and as bronze and the gateway cut a file into them."""

from __future__ import annotations

import csv
import io
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bronze.readers.csv_rows.quoting import records
from domain.record.csv_layout import CsvLayout
from domain.record.csv_record import MAX_QUOTED, CsvRecord, csv_record
from domain.record.faults import Fault
from edge_bundle.gateway.input.csv_records import csv_rows
from edge_bundle.gateway.input.records import Fault as GatewayFault
from expectations.mapping.csv_rule import CsvRule
from tests.edge_bundle.gateway.test_device import OLD_PYTHON, ROOT

BITS = (
    b'"', b'""', b",", b"a", b"\n", b"\r", b"\r\n", b" ", b"\xff", b"\xc3\xa9", b"\0", b"\t", b',"', b'",', b'"\n',
    b"\x0b", b"\x85", b"\xe2\x80\xa8", b"xxxxxxxx",
)  # fmt: skip
DATA = st.lists(st.sampled_from(BITS), max_size=14).map(b"".join)


def read(*lines: bytes, delimiter: str = ",") -> CsvRecord:
    return csv_record(lines[0], iter(lines[1:]), delimiter)


def _layout(delimiter: str) -> CsvLayout:
    return CsvLayout(CsvRule(), delimiter)


def reason(record: CsvRecord) -> str:
    assert isinstance(record.content, Fault)
    return record.content.reason


def test_fields_of_one_line() -> None:
    assert read(b"a, b ,,\r\n") == CsvRecord(["a", " b ", "", ""])
    assert read(b"a,b\r", delimiter=";") == CsvRecord(["a,b"])
    assert read(b'"a ""b"", c",d\n') == CsvRecord(['a "b", c', "d"])


def test_quotes_hold_line_ends() -> None:
    assert read(b'"a\n', b"b\r\n", b'c",d\n', b"next\n") == CsvRecord(["a\nb\r\nc", "d"], 3)


def test_of_a_record_whose_quotes_break_one_line_is_given_up() -> None:
    found = read(b'a,"b"c\n', b"next\n")

    assert (reason(found), found.lines, found.is_open) == ("bad_quoting", 1, False)


def test_quotes_that_the_lines_end_in_are_open() -> None:
    found = read(b'"a\n', b"b\n")

    assert (reason(found), found.lines, found.is_open) == ("bad_quoting", 1, True)


def test_a_quote_that_never_closes_costs_a_bounded_number_of_bytes() -> None:
    line, others = b"x" * 99 + b"\n", iter(range(10_000))
    found = csv_record(b'"' + b"y" * 98 + b"\n", (line for _ in others), ",")

    assert (reason(found), found.is_open) == ("bad_quoting", False)
    assert next(others) * len(line) <= MAX_QUOTED


def test_bytes_that_are_no_utf8_are_named() -> None:
    assert reason(read(b"a\xffb\n")) == reason(read(b'"a\xff"b\n')) == "not_utf8"
    assert reason(read(b'"a\n', b"\xff\n")) == "not_utf8"


@given(DATA.filter(lambda data: data.isascii() and b"\n" not in data and b"\r" not in data), st.sampled_from(",;\t|"))
def test_a_line_has_the_fields_that_python_reads(line: bytes, delimiter: str) -> None:
    found = read(line + b"\n", delimiter=delimiter)
    try:
        expected = next(csv.reader([line.decode() + "\n"], delimiter=delimiter, strict=True))
    except csv.Error:
        assert reason(found) == "bad_quoting"
    else:
        assert found == CsvRecord(expected or [""])


@given(DATA, st.sampled_from([",", "\t"]), st.sampled_from([20, 1 << 20]))
def test_bronze_and_the_gateway_cut_a_file_alike(data: bytes, delimiter: str, limit: int) -> None:
    """With a low limit the gateway's blocks end anywhere; lines over it are compared as such."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    expected = [
        record.content.reason if isinstance(record.content, Fault) else list(record.content)
        for record in records(data, _layout(delimiter))
    ]
    rows = csv_rows(io.BytesIO(data), _layout(delimiter), limit)
    found = [row.code if isinstance(row, GatewayFault) else row for row in rows]

    if limit > len(data):
        assert found == expected
    else:
        assert "line_too_long" in found or found == expected


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("size", [19, 20, 21, 22, 23, 41, 63])
def test_a_line_of_the_gateway_is_too_long_without_its_end(end: bytes, size: int) -> None:
    data = b"h" + end + b"x" * size + end + b"y" * 20 + end + b"z"

    rows = [row.code if isinstance(row, GatewayFault) else row for row in csv_rows(io.BytesIO(data), _layout(","), 20)]

    assert rows == [["h"], ["x" * size] if size <= 20 else "line_too_long", ["y" * 20], ["z"]]


@pytest.mark.skipif(OLD_PYTHON is None, reason="no Python 3.9 on this machine")
def test_nul_is_read_by_the_oldest_python_too() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from domain.record.csv_record import csv_record\n"
        "print([csv_record(line, iter(()), ',').content for line in (b'a\\0,b\\n', b'\"a\\0\",b\\n')])"
    )

    done = subprocess.run([str(OLD_PYTHON), "-S", "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout == r"[['a\x00', 'b'], ['a\x00', 'b']]" + "\n"
    assert [read(b"a\0,b\n").content, read(b'"a\0",b\n').content] == [["a\0", "b"]] * 2
