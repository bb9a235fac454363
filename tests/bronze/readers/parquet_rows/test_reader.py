"""Parquet: types that convert without loss come in, others are rejected row by row."""

import datetime as dt
import gzip
import io
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.record import reasons
from tests.support.reader_files import Read, long_mapping, reading

STAMP = dt.datetime(2026, 1, 31, 8, 15, 30, 250_000, tzinfo=dt.UTC)
EPOCH_MS = {"column": "timestamp", "kind": "epoch", "unit": "ms"}


def _file(columns: dict[str, pa.Array | None], **options: object) -> bytes:
    size = next(len(array) for array in columns.values() if array is not None)
    fields = {name: pa.array([value] * size) for name, value in reading(timestamp=STAMP).items()}
    fields |= columns
    out = io.BytesIO()
    pq.write_table(pa.table({name: array for name, array in fields.items() if array is not None}), out, **options)
    return out.getvalue()


def _both(content: bytes, **changes: object) -> Read:
    mapping = long_mapping(format="parquet", **changes)
    read = Read(content, mapping)
    assert read.all == Read(content, mapping, use_fast=False).all
    return read


def test_a_row_keeps_every_field() -> None:
    (row,) = _both(_file({"value": pa.array([71.5])})).rows

    assert (row["measured_at"], row["value"], row["sequence"], row["_line"]) == (STAMP, 71.5, 7, 1)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([1, -2], pa.int8()), [1.0, -2.0]),
        (pa.array([1, 2**53], pa.int64()), [1.0, 2.0**53]),
        (pa.array([1.5, -2.0], pa.float32()), [1.5, -2.0]),
        (pa.array([Decimal("1.50"), Decimal("2.25")]), [1.5, 2.25]),
        (pa.array([1.5, 2.5]).dictionary_encode(), [1.5, 2.5]),
    ],
)
def test_numbers_of_other_widths_are_read(values: pa.Array, expected: list[float]) -> None:
    read = _both(_file({"value": values}))

    assert ([row["value"] for row in read.rows], read.rejected) == (expected, [])


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("value", pa.array(["1.5", "2"]), reasons.WRONG_TYPE),
        ("value", pa.array([True, False]), reasons.WRONG_TYPE),
        ("value", pa.array([[1.0], [2.0]]), reasons.WRONG_TYPE),
        ("value", pa.array([float("nan"), float("inf")]), reasons.NOT_FINITE),
        ("sequence", pa.array([1.5, 2.5]), reasons.WRONG_TYPE),
        ("sensor_id", pa.array([1.5, 2.5]), reasons.WRONG_TYPE),
        ("sensor_id", pa.array([b"a", b"b"]), reasons.WRONG_TYPE),
        ("sensor_id", pa.array([None, ""]), reasons.SENSOR_MISSING),
        ("unit", pa.array([None, None], pa.string()), reasons.MISSING_FIELD),
        ("timestamp", pa.array([5, 6]), reasons.WRONG_TYPE),
        ("timestamp", pa.array([dt.datetime(2026, 1, 1)] * 2), reasons.TIME_WITHOUT_ZONE),  # noqa: DTZ001 - the case
        ("timestamp", pa.array(["x", "y"]), reasons.TIME_UNREADABLE),
    ],
)
def test_a_column_of_another_type_is_rejected_row_by_row(column: str, values: pa.Array, reason: str) -> None:
    read = _both(_file({column: values}))

    assert read.reasons == [reason, reason]
    assert [entry["_line"] for entry in read.rejected] == [1, 2]
    assert {entry["_offset"] for entry in read.rejected} == {None}
    assert "machine_id" in json.loads(read.rejected[0]["text"])


def test_a_null_value_is_blank() -> None:
    read = _both(_file({"value": pa.array([1.0, None])}))

    assert (len(read.rows), read.blank, read.records) == (1, 1, 2)


def test_whole_numbers_may_be_ids() -> None:
    assert [row["machine_id"] for row in _both(_file({"machine_id": pa.array([4, 5])})).rows] == ["4", "5"]


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.uint64()])
def test_epochs_are_read(kind: pa.DataType) -> None:
    content = _file({"timestamp": pa.array([1_675_641_655_478], kind)})

    (row,) = _both(content, time=EPOCH_MS).rows

    assert row["measured_at"].isoformat() == "2023-02-06T00:00:55.478000+00:00"


@pytest.mark.parametrize("unit", ["s", "ms", "ns"])
def test_stamps_of_other_units_are_read(unit: str) -> None:
    content = _file({"timestamp": pa.array([STAMP.replace(microsecond=0)], pa.timestamp(unit, "Europe/Rome"))})

    assert [row["measured_at"] for row in _both(content).rows] == [STAMP.replace(microsecond=0)]


def test_stamps_without_zone_are_local_where_the_mapping_says_so() -> None:
    local = {"column": "timestamp", "kind": "local", "zone": "Europe/Rome"}
    content = _file({"timestamp": pa.array([dt.datetime(2026, 7, 1, 12)])})  # noqa: DTZ001 - the case

    assert [row["measured_at"].hour for row in _both(content, time=local).rows] == [10]


def test_unknown_columns_are_rescued() -> None:
    extra = {"rssi": pa.array([-7.0, float("nan")]), "seen": pa.array([dt.date(2026, 1, 2), None])}

    read = _both(_file(extra))

    assert [json.loads(row["_rescued"]) for row in read.rows] == [{"rssi": -7, "seen": "2026-01-02"}, {"rssi": "nan"}]


def test_a_missing_column_rejects_every_row() -> None:
    read = _both(_file({"value": None, "sequence": pa.array([1, 2, 3])}))

    assert read.reasons == [reasons.MISSING_COLUMN] * 3
    assert (read.records, read.rejected[0]["_column"]) == (3, "value")
    assert json.loads(read.rejected[2]["text"])["sequence"] == 3


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1garbagePAR1", b"\x1f\x8bgarbage", b"\xa5" * 500])
def test_what_is_no_parquet_is_one_record(content: bytes) -> None:
    read = _both(content)

    assert (read.reasons, read.records) == ([reasons.UNREADABLE_FILE], 1)


def test_half_a_parquet_is_one_record() -> None:
    content = _file({"value": pa.array([1.0] * 1000)})

    assert _both(content[: len(content) // 2]).reasons == [reasons.UNREADABLE_FILE]


def test_damaged_pages_count_their_rows() -> None:
    values = pa.array([float(n) for n in range(200_000)])
    content = bytearray(_file({"value": values}, row_group_size=100_000, compression="gzip", use_dictionary=False))
    place = int(len(content) * 0.75)
    content[place : place + 2000] = b"\xa5" * 2000

    read = Read(bytes(content), long_mapping(format="parquet"))

    assert read.reasons == [reasons.CORRUPT_STREAM]
    assert read.records == 200_000
    assert len(read.rows) >= 65_536


def test_a_parquet_within_a_gzip_is_read() -> None:
    assert len(_both(gzip.compress(_file({"value": pa.array([1.0, 2.0])}))).rows) == 2


def _texts(*raw: bytes) -> pa.Array:
    """A column of texts whose bytes nobody looked at."""
    ends = pa.array([sum(map(len, raw[:place])) for place in range(len(raw) + 1)], pa.int32())
    return pa.Array.from_buffers(pa.string(), len(raw), [None, ends.buffers()[1], pa.py_buffer(b"".join(raw))])


@pytest.mark.parametrize("column", ["sensor_id", "gateway_id", "new"])
def test_a_text_that_is_not_utf8_rejects_its_row(column: str) -> None:
    read = _both(_file({column: _texts(b"a", b"\xff", b"c")}))

    assert [row["_line"] for row in read.rows] == [1, 3]
    assert [(entry["_line"], entry["reason"]) for entry in read.rejected] == [(2, reasons.NOT_UTF8)]
    assert json.loads(read.rejected[0]["text"])[column] == "ff"


def test_a_text_within_a_list_that_is_not_utf8_rejects_the_rows_it_came_with() -> None:
    read = _both(_file({"new": pa.ListArray.from_arrays([0, 1, 2], _texts(b"a", b"\xff"))}))

    assert [(entry["reason"], entry["record_count"]) for entry in read.rejected] == [(reasons.CORRUPT_STREAM, 2)]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([2**62], pa.timestamp("us")),
        pa.array([2**31 - 1], pa.date32()),
        pa.array([2**62], pa.duration("s")),
        pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], fields=[pa.field("a", pa.int64())] * 2),
    ],
    ids=["time", "date", "duration", "struct with a name twice"],
)
def test_a_value_that_python_cannot_hold_is_rescued_as_text(values: pa.Array) -> None:
    (row,) = _both(_file({"new": values})).rows

    assert isinstance(json.loads(row["_rescued"])["new"], str)


def test_unknown_columns_of_one_name_are_told_apart() -> None:
    table = pq.read_table(io.BytesIO(_file({"value": pa.array([1.5])})))
    out = io.BytesIO()
    pq.write_table(table.append_column("new", pa.array([1])).append_column("new", pa.array([2])), out)

    assert [row["_rescued"] for row in _both(out.getvalue()).rows] == ['{"new": 1, "new#2": 2}']


@pytest.mark.parametrize(
    ("unit", "time"), [("us", 2**62), ("ms", 2**63 - 1), ("ms", 2**64 // 1000 + 1_700_000_000_000)]
)
def test_a_time_beyond_the_calendar_is_unreadable(unit: str, time: int) -> None:
    read = _both(_file({"timestamp": pa.array([time], pa.timestamp(unit, "UTC"))}))

    assert (read.reasons, read.rows) == ([reasons.TIME_UNREADABLE], [])


def test_a_name_that_is_not_utf8_is_one_rejected_record() -> None:
    target = io.BytesIO()
    pq.write_table(pa.table({"zqzq": [1.0]}), target)

    read = Read(target.getvalue().replace(b"zqzq", b"z\xffzq"), long_mapping(format="parquet"))

    assert (read.records, read.reasons) == (1, ["unreadable_file"])
