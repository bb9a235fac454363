"""Bad CSV: records, quotes, headers, wide rows."""

import pytest

from domain.record import reasons
from tests.support.reader_files import NOTES, Read, long_mapping, wide_mapping

HEAD = b"at,sensor,temp,speed\n"
ROW = b"2026-01-01T00:00:00Z,a,215,1500\n"


def test_a_wide_row_gives_a_row_for_each_cell_in_its_order() -> None:
    read = Read(HEAD + ROW, wide_mapping())

    assert [(r["metric"], r["value"], r["unit"], r["machine_id"], r["_column"]) for r in read.rows] == [
        ("temperature", 21.5, "C", "M1", "temp"),
        ("rotation", 1500.0, "rpm", "M1", "speed"),
    ]
    assert {r["_line"] for r in read.rows} == {2}


@pytest.mark.parametrize("blank", [b"", b"-1", b"-1.0", b"n/a"])
def test_a_blank_cell_is_counted_and_its_neighbour_read(blank: bytes) -> None:
    read = Read(HEAD + ROW.replace(b"215", blank), wide_mapping())

    assert (read.records, read.blank, len(read.rows), read.rejected) == (2, 1, 1, [])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (b"hot", reasons.WRONG_TYPE),
        (b'"1,5"', reasons.WRONG_TYPE),
        (b"0x10", reasons.WRONG_TYPE),
        (b"NaN", reasons.NOT_FINITE),
        (b"-inf", reasons.NOT_FINITE),
        (b"1e400", reasons.NOT_FINITE),
    ],
)
def test_a_bad_cell_is_rejected_and_its_neighbour_read(cell: bytes, reason: str) -> None:
    read = Read(HEAD + ROW.replace(b"215", cell), wide_mapping())

    assert (read.reasons, read.records, len(read.rows)) == ([reason], 2, 1)
    assert (read.rejected[0]["_column"], read.rejected[0]["record_count"]) == ("temp", 1)


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        (ROW.replace(b"2026-01-01T00:00:00Z", b"NaN"), reasons.TIME_UNREADABLE, "at"),
        (ROW.replace(b"00Z", b"00"), reasons.TIME_WITHOUT_ZONE, "at"),
        (ROW.replace(b"2026-01-01T00:00:00Z", b""), reasons.MISSING_FIELD, "at"),
        (ROW.replace(b",a,", b",c,"), reasons.SENSOR_UNMAPPED, "sensor"),
        (ROW.replace(b",a,", b",,"), reasons.SENSOR_MISSING, "sensor"),
    ],
)
def test_a_row_without_time_or_machine_is_one_entry_for_its_cells(row: bytes, reason: str, column: str) -> None:
    read = Read(HEAD + row + row.replace(b"215", b"") + ROW, wide_mapping())

    assert read.reasons == [reason, reason]
    assert [entry["record_count"] for entry in read.rejected] == [2, 1]
    assert {entry["_column"] for entry in read.rejected} <= {column, None}
    assert (read.records, read.blank, len(read.rows)) == (6, 1, 2)


def test_a_row_of_blanks_is_blank_whatever_its_time() -> None:
    read = Read(HEAD + b"NaN,,,\n", wide_mapping())

    assert (read.records, read.blank, read.rejected) == (2, 2, [])


@pytest.mark.parametrize("row", [b"2026-01-01T00:00:00Z,a,1\n", b"2026-01-01T00:00:00Z,a,1,2,3\n", b"garbage\n"])
def test_a_record_of_another_width_is_rejected(row: bytes) -> None:
    read = Read(HEAD + ROW + row + ROW, wide_mapping())

    assert (read.reasons, read.records, len(read.rows)) == ([reasons.WRONG_FIELD_COUNT], 5, 4)
    assert read.rejected[0]["raw"] == row.rstrip()
    assert read.rejected[0]["_offset"] == len(HEAD + ROW)


def test_a_wrong_header_rejects_every_line_and_keeps_the_header() -> None:
    header = HEAD.replace(b"speed", b"spd")
    read = Read(header + ROW + b"\n" + ROW, wide_mapping())

    assert read.reasons == [reasons.MISSING_COLUMN] * 3
    assert [(e["_line"], e["record_count"], e["_column"]) for e in read.rejected] == [
        (1, 0, "speed"),
        (2, 1, "speed"),
        (4, 1, "speed"),
    ]
    assert [entry["raw"] + b"\n" for entry in read.rejected] == [header, ROW, ROW]
    assert "'speed'" in read.rejected[0]["detail"]
    assert read.records == 2


def test_a_column_that_the_header_has_twice_rejects_every_line() -> None:
    read = Read(b"at,sensor,temp,temp,speed\n" + b"2026-01-01T00:00:00Z,a,1,2,3\n", wide_mapping())

    assert read.reasons == [reasons.MISSING_COLUMN] * 2


def test_a_new_column_is_rescued_on_each_row() -> None:
    read = Read(HEAD.replace(b"\n", b",load,x\n") + ROW.replace(b"\n", b",0.80,\n"), wide_mapping())

    assert [row["_rescued"] for row in read.rows] == ['{"load": "0.80"}'] * 2


def test_a_header_alone_has_no_records() -> None:
    assert Read(HEAD, wide_mapping()).records == 0
    assert Read(b"", wide_mapping()).records == 0


@pytest.mark.parametrize("line", [b"x\x9c\xcb\xcc", "time,temp".encode("cp500"), b'at,sensor,"temp'])
def test_a_header_that_cannot_be_read_may_be_a_record(line: bytes) -> None:
    read = Read(line, wide_mapping())

    assert (read.records, read.reasons) == (1, ["missing_column"])


def test_a_given_header_reads_a_tail() -> None:
    read = Read(ROW, wide_mapping(), header=HEAD, first_line=8, first_byte=500)

    assert [row["_line"] for row in read.rows] == [8, 8]


def test_quotes_hold_delimiters_newlines_and_quotes() -> None:
    content = (
        b'\xef\xbb\xbf"at","machine","kind","note"\r\n'
        b'"2026-01-01 00:00:00",1,comp1,"first, then\r\nsecond ""line"""\r\n'
        b"2026-01-02,2,comp2,\r\n"
        b'2026-01-03,3,comp3,"plain\nbreak"\r\n'
    )

    read = Read(content, long_mapping(**NOTES))

    assert read.rejected == []
    assert [(r["_line"], r["machine_id"], r["detail"]) for r in read.rows] == [
        (2, "1", 'first, then\r\nsecond "line"'),
        (4, "2", None),
        (5, "3", "plain\nbreak"),
    ]


@pytest.mark.parametrize("field", [b'"never closed', b'"a"b', b'"x" y'])
def test_a_broken_quote_takes_only_its_own_line(field: bytes) -> None:
    good = b"2026-01-02,2,comp2,ok\n"
    content = b"at,machine,kind,note\n" + good + b"2026-01-01,1,comp1," + field + b"\n" + good * 3

    read = Read(content, long_mapping(**NOTES))

    assert read.reasons == [reasons.BAD_QUOTING]
    assert [row["_line"] for row in read.rows] == [2, 4, 5, 6]


def test_a_quote_within_a_field_is_part_of_it() -> None:
    read = Read(b'at,machine,kind,note\n2026-01-01,1,comp1,5" pipe\n', long_mapping(**NOTES))

    assert [row["detail"] for row in read.rows] == ['5" pipe']


def test_bytes_that_are_not_utf8_are_rejected_with_their_bytes() -> None:
    read = Read(b"at,machine,kind,note\n2026-01-01,1,comp1,M\xfcller\n2026-01-01,1,comp1,x\n", long_mapping(**NOTES))

    assert (read.reasons, len(read.rows)) == ([reasons.NOT_UTF8], 1)
    assert b"M\xfcller" in read.rejected[0]["raw"]
    assert "M\ufffdller" in read.rejected[0]["text"]


def test_another_delimiter_parts_fields() -> None:
    read = Read(HEAD.replace(b",", b";") + ROW.replace(b",", b";"), wide_mapping(delimiter=";"))

    assert len(read.rows) == 2


def test_a_very_long_csv_line_is_rejected_cut() -> None:
    read = Read(HEAD + ROW + b"x" * 3_000_000 + b"\n" + ROW, wide_mapping())

    assert (read.reasons, len(read.rows)) == ([reasons.LINE_TOO_LONG], 4)
    assert len(read.rejected[0]["raw"]) == 65_536


def test_an_unclosed_quote_in_a_large_file_loses_no_other_line() -> None:
    good = b"2026-01-02,2,comp2,ok\n"
    content = b"at,machine,kind,note\n" + good * 20_000 + b'2026-01-01,1,comp1,"open\n' + good * 20_000

    read = Read(content, long_mapping(**NOTES))

    assert (read.reasons, len(read.rows), read.records) == ([reasons.BAD_QUOTING], 40_000, 40_001)


def test_local_times_of_a_zone_know_summer_time() -> None:
    rule = {"column": "at", "kind": "local", "zone": "Europe/Rome"}
    lines = [b"2026-03-29 01:59:59", b"2026-03-29 02:30:00", b"2026-10-25 02:30:00", b"2026-07-01 12:00:00+02:00"]
    content = b"at,machine,kind,note\n" + b"".join(at + b",1,comp1,\n" for at in lines)

    read = Read(content, long_mapping(**{**NOTES, "time": rule}))

    assert [row["occurred_at"].isoformat() for row in read.rows] == [
        "2026-03-29T00:59:59+00:00",
    ]
    assert read.reasons == [reasons.TIME_DOES_NOT_EXIST, reasons.TIME_AMBIGUOUS, reasons.TIME_WITH_ZONE]


@pytest.mark.parametrize(
    ("unit", "number"), [("s", b"1675641655.478"), ("ms", b"1675641655478"), ("us", b"1675641655478000")]
)
def test_epochs_are_read_to_the_microsecond(unit: str, number: bytes) -> None:
    mapping = wide_mapping(time={"column": "at", "kind": "epoch", "unit": unit})

    read = Read(HEAD + ROW.replace(b"2026-01-01T00:00:00Z", number), mapping)

    assert {row["measured_at"].isoformat() for row in read.rows} == {"2023-02-06T00:00:55.478000+00:00"}


@pytest.mark.parametrize("before", [b"", b"\n", b"\xef\xbb\xbf"], ids=["plain", "blank line", "byte order mark"])
def test_the_first_bytes_of_a_file_tell_the_header_of_its_tail(before: bytes) -> None:
    read = Read(ROW, wide_mapping(), header=before + HEAD + ROW, first_line=8, first_byte=500)

    assert ([row["_line"] for row in read.rows], read.rejected) == ([8, 8], [])


def test_a_header_of_two_lines_tells_the_columns_of_a_tail() -> None:
    header = HEAD.replace(b"\n", b',"load\n(kW)"\n')

    read = Read(ROW.replace(b"\n", b",3\n"), wide_mapping(), header=header, first_line=3, first_byte=len(header))

    assert [row["_rescued"] for row in read.rows] == ['{"load\\n(kW)": "3"}'] * 2


def test_columns_of_one_name_and_a_column_of_the_name_that_one_would_get_are_told_apart() -> None:
    content = HEAD.replace(b"\n", b",x,x#2,x\n") + ROW.replace(b"\n", b",1,2,3\n") * 2

    read = Read(content, wide_mapping())

    assert read.rows[0]["_rescued"] == '{"x": "1", "x#2": "2", "x#3": "3"}'
    assert read.all == Read(content, wide_mapping(), use_fast=False).all


def test_a_field_may_be_as_long_as_a_line_may() -> None:
    content = HEAD.replace(b"\n", b",note\n") + ROW.replace(b"\n", b"," + b"n" * 200_000 + b"\n")

    for use_fast in (True, False):
        assert len(Read(content, wide_mapping(), use_fast=use_fast).rows) == 2


def test_a_row_of_tabs_where_these_part_fields_is_a_row_of_blanks() -> None:
    content = (HEAD + ROW).replace(b",", b"\t") + b"\t\t\t\n"
    mapping = wide_mapping(delimiter="\t")

    read = Read(content, mapping)

    assert (read.records, read.blank) == (4, 2)
    assert read.all == Read(content, mapping, use_fast=False).all


def test_a_text_that_begins_as_a_parquet_file_would_is_read() -> None:
    mapping = wide_mapping(columns={"sensor_id": "sensor"}, machine_of={"PAR1": "M1"})
    head, row = b"sensor,at,temp,speed\n", b"PAR1,2026-01-01T00:00:00Z,1,2\n"

    assert len(Read(row, mapping, header=head, first_line=2, first_byte=len(head)).rows) == 2
    assert Read(b"PAR1,at,sensor,temp,speed\n" + b"1," + ROW, wide_mapping()).rejected == []
