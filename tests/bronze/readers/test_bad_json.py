"""Bad JSON Lines: each bad line is one rejected record with its reason, and its neighbours come in."""

import json

import pytest

from domain.record import reasons
from expectations.mapping.file import parse_mapping
from tests.support.reader_files import Read, line, long_mapping, reading

GOOD = line()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"garbage", reasons.NOT_JSON),
        (b'{"sensor_id": "S1"', reasons.NOT_JSON),
        (GOOD + b" x", reasons.NOT_JSON),
        (GOOD.replace(b"71.5", b"007"), reasons.NOT_JSON),
        (b'{"z":' + b"[" * 100_000 + b"]" * 100_000 + b"}", reasons.NOT_JSON),
        (b'{"z":' + b'{"z":' * 100_000 + b"1" + b"}" * 100_001, reasons.NOT_JSON),
        (b'{"a": 1}null{"a": 2}', reasons.SEVERAL_OBJECTS),
        (GOOD + GOOD, reasons.SEVERAL_OBJECTS),
        (b"[" + GOOD + b"]", reasons.NOT_AN_OBJECT),
        (b"null", reasons.NOT_AN_OBJECT),
        (b"12", reasons.NOT_AN_OBJECT),
        (GOOD.replace(b"}", b', "value": 1}'), reasons.DUPLICATE_KEY),
        (GOOD.replace(b"}", b', "\\u0076alue": 1}'), reasons.DUPLICATE_KEY),
        (GOOD.replace(b"}", b', "new": 1, "new": null}'), reasons.DUPLICATE_KEY),
        (GOOD.replace(b"S1", b"\xff1"), reasons.NOT_UTF8),
        (GOOD.replace(b"S1", b"\\ud800"), reasons.NOT_UTF8),
        (line(value="71.5"), reasons.WRONG_TYPE),
        (line(value=True), reasons.WRONG_TYPE),
        (line(value=[1]), reasons.WRONG_TYPE),
        (line(sensor_id=5.5), reasons.WRONG_TYPE),
        (line(sequence=1.5), reasons.WRONG_TYPE),
        (line(sequence=2**63), reasons.WRONG_TYPE),
        (line(timestamp=5), reasons.WRONG_TYPE),
        (line(value=float("nan")), reasons.NOT_FINITE),
        (line(value=float("-inf")), reasons.NOT_FINITE),
        (GOOD.replace(b"71.5", b"1e400"), reasons.NOT_FINITE),
        (line(new=json.loads("[" * 64 + "]" * 64)), reasons.NOT_JSON),
        (GOOD.replace(b"}", b', "new": ' + b"[" * 600 + b"]" * 600 + b"}"), reasons.NOT_JSON),
        (GOOD.replace(b"}", b', "new": ' + b'{"a":' * 600 + b"1" + b"}" * 601), reasons.NOT_JSON),
        (line(value=...), reasons.MISSING_FIELD),
        (line(timestamp=...), reasons.MISSING_FIELD),
        (line(machine_id=None), reasons.MISSING_FIELD),
        (line(unit=""), reasons.MISSING_FIELD),
        (line(sensor_id=...), reasons.SENSOR_MISSING),
        (line(timestamp="2026-01-31T08:15:30"), reasons.TIME_WITHOUT_ZONE),
        (line(timestamp="2026-01-31"), reasons.TIME_WITHOUT_ZONE),
        (line(timestamp="2026-02-30T00:00:00Z"), reasons.TIME_UNREADABLE),
        (line(timestamp="yesterday"), reasons.TIME_UNREADABLE),
        (line(timestamp="0000-01-01T00:00:00Z"), reasons.TIME_UNREADABLE),
        (line(timestamp="0001-01-01T00:00:00+01:00"), reasons.TIME_UNREADABLE),
    ],
)
def test_a_bad_line_is_rejected_alone_with_its_reason_line_and_offset(bad: bytes, reason: str) -> None:
    content = b"\n".join([GOOD, b"", bad, b"  ", GOOD])

    read = Read(content, long_mapping())

    assert read.reasons == [reason]
    assert [row["_line"] for row in read.rows] == [1, 5]
    assert (read.records, read.blank) == (3, 0)
    (entry,) = read.rejected
    assert (entry["_line"], entry["_offset"], entry["record_count"]) == (3, len(GOOD) + 2, 1)
    assert entry["raw"] == bad[:65_536]
    assert entry["text"] == bad.decode("utf-8", "replace")[:4096]
    assert entry["detail"]


def test_a_null_value_is_blank_and_no_row() -> None:
    read = Read(line(value=None) + b"\n" + GOOD, long_mapping())

    assert (read.records, read.blank, len(read.rows), read.rejected) == (2, 1, 1, [])


def test_a_missing_number_or_text_is_blank() -> None:
    content = b"\n".join([line(value=-1), line(value=-1.0), line(value="n/a"), GOOD])

    read = Read(content, long_mapping(missing=["-1", "n/a"]))

    assert (read.records, read.blank, len(read.rows), read.rejected) == (4, 3, 1, [])


def test_unknown_fields_are_rescued_with_their_spelling() -> None:
    fields = {"sent": "2026-01-01 00:00:00", "rssi": -71, "ok": True, "tags": {"b": [1, None], "a": 2.0}, "gone": None}

    read = Read(line(**fields), long_mapping())

    assert json.loads(read.rows[0]["_rescued"]) == {
        "sent": "2026-01-01 00:00:00",
        "rssi": -71,
        "ok": True,
        "tags": {"b": [1, None], "a": 2},
    }


@pytest.mark.parametrize(("written", "kept"), [(b"NaN", "nan"), (b"-Infinity", "-inf"), (b"1e400", "inf")])
def test_an_unknown_field_that_is_no_finite_number_is_rescued_as_text(written: bytes, kept: str) -> None:
    content = GOOD.replace(b"}", b', "new": [' + written + b"]}")

    (row,) = Read(content, long_mapping()).rows

    assert json.loads(row["_rescued"]) == {"new": [kept]}


def test_an_ignored_field_is_not_rescued() -> None:
    read = Read(line(rssi=-71, snr=3), long_mapping(ignored=["rssi"]))

    assert read.rows[0]["_rescued"] == '{"snr": 3}'


def test_a_file_of_unknown_fields_is_rescued_whole() -> None:
    content = b"\n".join(line(sequence=n, rssi=-n if n % 2 else None, sent="2026-01-01T00:00:00Z") for n in range(3000))

    read = Read(content, long_mapping())

    assert [json.loads(row["_rescued"]).get("rssi") for row in read.rows] == [
        -n if n % 2 else None for n in range(3000)
    ]
    assert json.loads(read.rows[0]["_rescued"])["sent"] == "2026-01-01T00:00:00Z"


def test_a_reading_keeps_every_field() -> None:
    (row,) = Read(line(), long_mapping()).rows

    stamp = row.pop("measured_at")
    assert stamp.isoformat() == "2026-01-31T08:15:30.250000+00:00"
    sent = reading(timestamp=...)
    sent["metric"] = sent.pop("metric_type")
    of_no_version = {"revision": None, "revised_at": None}
    assert row == {**sent, **of_no_version, "_rescued": None, "_line": 1, "_column": None}


def test_times_of_1970_and_2099_are_read() -> None:
    content = line(timestamp="1970-01-01T00:00:00Z") + b"\n" + line(timestamp="2099-12-31T23:59:59+01:00")

    assert [row["measured_at"].year for row in Read(content, long_mapping()).rows] == [1970, 2099]


@pytest.mark.parametrize("size", [(1 << 20) + 1, 10_000_000])
def test_a_line_that_is_too_long_is_kept_cut(size: int) -> None:
    long = b'{"sensor_id": "' + b"x" * (size - 17) + b'"}'
    content = b"\n".join([GOOD, long, GOOD])

    read = Read(content, long_mapping())

    assert read.reasons == [reasons.LINE_TOO_LONG]
    assert str(size) in read.rejected[0]["detail"]
    assert read.rejected[0]["raw"] == long[:65_536]
    assert [row["_line"] for row in read.rows] == [1, 3]


def test_an_empty_file_has_no_records() -> None:
    assert Read(b"", long_mapping()).records == 0
    assert Read(b"\n \n\r\n", long_mapping()).records == 0


def test_the_byte_order_mark_is_no_part_of_the_first_line() -> None:
    read = Read(b"\xef\xbb\xbf" + GOOD, long_mapping())

    assert (len(read.rows), read.rejected) == (1, [])


def test_windows_line_ends_are_read() -> None:
    read = Read(b"\r\n".join([GOOD, GOOD, b"bad"]), long_mapping())

    assert (len(read.rows), read.reasons) == (2, [reasons.NOT_JSON])
    assert read.rejected[0]["raw"] == b"bad"


def test_a_tail_counts_lines_and_bytes_from_where_it_begins() -> None:
    read = Read(GOOD + b"\nbad\n", long_mapping(), first_line=11, first_byte=1000)

    assert read.rows[0]["_line"] == 11
    assert (read.rejected[0]["_line"], read.rejected[0]["_offset"]) == (12, 1000 + len(GOOD) + 1)


def test_names_units_and_templates_fill_what_the_source_leaves_out() -> None:
    columns = {"machine_id": "m", "metric": "k", "value": "v"}
    mapping = long_mapping(
        columns=columns,
        constants={"factory_id": "F9"},
        templates={"sensor_id": "{factory_id}:{machine_id}/{metric}"},
        names={"tmp": "temperature"},
        units={"temperature": "C"},
    )
    content = b'{"timestamp":"2026-01-01T00:00:00Z","m":"M","k":"tmp","v":1}\n'
    unknown = content.replace(b"tmp", b"odd")

    read = Read(content + unknown, mapping)

    assert [(r["sensor_id"], r["metric"], r["unit"]) for r in read.rows] == [("F9:M/temperature", "temperature", "C")]
    assert read.reasons == [reasons.UNIT_UNMAPPED]


def test_a_sensor_without_machine_is_rejected_by_name() -> None:
    columns = {name: column for name, column in long_mapping().columns.items() if name != "machine_id"}
    mapping = long_mapping(columns=columns, machine_of={"S1": "M7"}, ignored=["machine_id"])

    read = Read(GOOD + b"\n" + line(sensor_id="S2") + b"\n" + line(sensor_id=None), mapping)

    assert [row["machine_id"] for row in read.rows] == ["M7"]
    assert read.reasons == [reasons.SENSOR_UNMAPPED, reasons.SENSOR_MISSING]
    assert "'S2'" in read.rejected[0]["detail"]


@pytest.mark.parametrize("frames", [0, 500])
def test_how_deep_a_line_may_be_does_not_depend_on_who_reads_it(frames: int) -> None:
    def read(frames: int) -> Read:
        return read(frames - 1) if frames else Read(line(new=json.loads("[" * 63 + "]" * 63)), long_mapping())

    assert read(frames).rejected == []


def test_an_attribute_that_is_no_finite_number_is_rejected() -> None:
    mapping = parse_mapping(
        {"feed": "machines", "files": ["*"], "columns": {"machine_id": "machine", "factory_id": "site"},
         "attributes": {"age": "age"}}, "machines",
    )  # fmt: skip

    read = Read(
        b'{"machine": "M1", "site": "F1", "age": NaN}\n{"machine": "M1", "site": "F1", "age": 1e400}\n', mapping
    )

    assert read.reasons == [reasons.NOT_FINITE] * 2
