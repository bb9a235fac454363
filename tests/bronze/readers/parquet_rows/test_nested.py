"""Structs, maps and lists of Parquet are read as the same objects and arrays of JSON are."""

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.record import reasons
from tests.support.reader_files import Read, long_mapping, wide_mapping

AT = dt.datetime(2026, 11, 2, 6, tzinfo=dt.UTC)
ZONED = pa.timestamp("ms", "Europe/Berlin")
PLACED: dict[str, Any] = {
    "constants": {"factory_id": "F1"}, "columns": {"machine_id": "head.machine"}, "machine_of": {}, "missing": [],
    "templates": {"sensor_id": "{machine_id}/{metric}"}, "format": "parquet", "time": {"column": "head.at"},
}  # fmt: skip
CELLS = {"metrics": {"data.temp": {"metric": "temperature", "unit": "C"}, "data.speed": {"metric": "s", "unit": "rpm"}}}
HEAD = pa.struct([("at", ZONED), ("machine", pa.string())])


def written(columns: dict[str, pa.Array]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def head(count: int) -> pa.Array:
    return pa.array([{"at": AT + dt.timedelta(seconds=n), "machine": "M1"} for n in range(count)], HEAD)


def read_both(content: bytes, **changes: Any) -> Read:
    mapping = wide_mapping(**{**PLACED, **changes})
    read = Read(content, mapping)
    assert read.all == Read(content, mapping, use_fast=False).all
    return read


def values(read: Read) -> list[tuple[str, str, float, int]]:
    return [(f"{row['measured_at']:%H:%M:%S}", row["metric"], row["value"], row["_line"]) for row in read.rows]


def test_members_of_structs_are_columns_and_null_structs_are_blank() -> None:
    kind = pa.struct([("temp", pa.float32()), ("speed", pa.int32()), ("note", pa.string())])
    data = pa.array([{"temp": 1.5, "speed": 900, "note": "x"}, None, {"temp": None, "speed": 901}], kind)

    read = read_both(written({"head": head(3), "data": data}), **CELLS)

    assert values(read) == [
        ("06:00:00", "temperature", 1.5, 1), ("06:00:00", "s", 900.0, 1), ("06:00:02", "s", 901.0, 3),
    ]  # fmt: skip
    assert (read.blank, read.records, read.rejected) == (3, 6, [])
    assert {row["machine_id"] for row in read.rows} == {"M1"}
    assert [row["_rescued"] for row in read.rows] == ['{"data": {"note": "x"}}'] * 2 + ['{"data": {"note": null}}']


def test_members_of_maps_are_columns_and_a_key_that_comes_twice_is_refused() -> None:
    kind = pa.map_(pa.string(), pa.float64())
    data = pa.array([[("temp", 1.5), ("speed", 9.0)], [("temp", 2.5)], [("temp", 1.0), ("temp", 2.0)]], kind)

    read = read_both(written({"head": head(3), "data": data}), **CELLS)

    assert values(read) == [
        ("06:00:00", "temperature", 1.5, 1), ("06:00:00", "s", 9.0, 1), ("06:00:01", "temperature", 2.5, 2),
    ]  # fmt: skip
    assert read.reasons == [reasons.DUPLICATE_KEY]
    assert (read.blank, read.records) == (1, 5)


def test_each_member_of_a_map_may_be_a_record() -> None:
    data = pa.array([[("temperature", 1.5), ("s", None)]], pa.map_(pa.string(), pa.float64()))
    changes = {
        "records": "data.*", "columns": {"sensor_id": "$.head.machine", "machine_id": "$.head.machine",
                                         "metric": "@key", "value": "@value"},
        "constants": {"factory_id": "F1", "unit": "C"}, "time": {"column": "$.head.at"},
    }  # fmt: skip
    mapping = long_mapping(**{"format": "parquet", **changes})

    read = Read(written({"head": head(1), "data": data}), mapping)

    assert values(read) == [("06:00:00", "temperature", 1.5, 1)]
    assert (read.blank, [row["_column"] for row in read.rows]) == (1, ["data.temperature"])


def test_lists_of_structs_are_records_and_lists_of_values_a_series() -> None:
    data = pa.array([{"temp": [1.0, None, 3.0], "speed": [7, 8, 9]}],
                    pa.struct([("temp", pa.list_(pa.float64())), ("speed", pa.list_(pa.int16()))]))  # fmt: skip
    series = read_both(written({"head": head(1), "data": data}), series={"every": 2, "unit": "s"}, **CELLS)
    assert [one[:3] for one in values(series)] == [
        ("06:00:00", "temperature", 1.0), ("06:00:00", "s", 7.0), ("06:00:02", "s", 8.0),
        ("06:00:04", "temperature", 3.0), ("06:00:04", "s", 9.0),
    ]  # fmt: skip

    points = pa.array([[{"temp": 1.0, "speed": 2.0}, {"temp": 3.0, "speed": None}], []],
                      pa.large_list(pa.struct([("temp", pa.float64()), ("speed", pa.float64())])))  # fmt: skip
    changes = {"records": "points[*]", "columns": {"machine_id": "$.head.machine"}, "time": {"column": "$.head.at"}}
    metrics = {"temp": CELLS["metrics"]["data.temp"], "speed": CELLS["metrics"]["data.speed"]}
    listed = read_both(written({"head": head(2), "points": points}), metrics=metrics, **changes)
    assert [one[1:] for one in values(listed)] == [("temperature", 1.0, 1), ("s", 2.0, 1), ("temperature", 3.0, 1)]
    assert listed.reasons == [reasons.MISSING_FIELD]  # a row without a record


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([Decimal("21.50")], pa.decimal128(9, 2)), 21.5),
        (pa.array([21.5]).dictionary_encode(), 21.5),
        (pa.array([7], pa.uint64()), 7.0),
        (pa.array(["21.5"]), "wrong_type"),
        (pa.array([True]), "wrong_type"),
        (pa.array([b"21.5"]), "wrong_type"),
        (pa.array([float("nan")]), "not_finite"),
    ],
)
def test_values_within_a_struct_go_by_the_rules_of_all_cells(array: pa.Array, expected: object) -> None:
    data = pa.StructArray.from_arrays([array, pa.array([None], pa.float64())], ["temp", "speed"])

    read = read_both(written({"head": head(1), "data": data}), **CELLS)

    assert [row["value"] for row in read.rows] + read.reasons == [expected]


@pytest.mark.parametrize(
    ("changes", "value", "expected"),
    [({"quoted_numbers": True}, "21.5", 21.5), ({"states": {"true": 1, "RUN": 2}}, True, 1.0),
     ({"states": {"RUN": 2}}, "RUN", 2.0)],
)  # fmt: skip
def test_texts_and_booleans_are_values_where_the_mapping_says_so(
    changes: dict[str, Any], value: object, expected: float
) -> None:
    data = pa.array([{"temp": value, "speed": None}])

    (row,) = read_both(written({"head": head(1), "data": data}), **CELLS, **changes).rows

    assert row["value"] == expected


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin", "+02:00"])
def test_stamps_of_every_unit_and_zone_are_one_instant_within_a_struct_and_outside(unit: str, zone: str | None) -> None:
    stamp = AT if zone else AT.replace(tzinfo=None)
    fine = {"ns": 123_456_789, "us": 123_456, "ms": 123, "s": 0}[unit]
    inner = pa.array([stamp], pa.timestamp(unit, zone)).cast(pa.int64())
    stamps = pa.array([inner[0].as_py() + fine]).cast(pa.timestamp(unit, zone))
    time = {"kind": "zoned"} if zone else {"kind": "local", "zone": "UTC"}
    cells = {"temp": CELLS["metrics"]["data.temp"]}
    nested = pa.StructArray.from_arrays([stamps, pa.array(["M1"])], ["at", "machine"])

    flat = read_both(written({"at": stamps, "machine": pa.array(["M1"]), "temp": pa.array([1.0])}), metrics=cells,
                     time={"column": "at", **time}, columns={"machine_id": "machine"})  # fmt: skip
    deep = read_both(written({"head": nested, "temp": pa.array([1.0])}), metrics=cells,
                     time={"column": "head.at", **time})  # fmt: skip

    expected = AT.replace(microsecond={"s": 0, "ms": 123_000}.get(unit, 123_456))
    assert [row["measured_at"] for row in (*flat.rows, *deep.rows)] == [expected, expected]


def test_names_with_dots_are_columns_where_the_file_has_them() -> None:
    content = written({"head.at": pa.array([AT]), "head.machine": pa.array(["M1"]), "data.temp": pa.array([1.5]),
                       "data.speed": pa.array([2.5])})  # fmt: skip

    assert [row["value"] for row in read_both(content, **CELLS).rows] == [1.5, 2.5]


def test_a_file_without_the_struct_lacks_a_column() -> None:
    read = read_both(written({"other": pa.array([1.0])}), **CELLS)

    assert read.reasons == [reasons.MISSING_COLUMN]


def test_whole_numbers_may_be_ids_within_a_struct() -> None:
    content = written({"head": pa.array([{"at": AT, "machine": 7}]), "data": pa.array([{"temp": 1.5, "speed": 2.5}])})

    assert {row["machine_id"] for row in read_both(content, **CELLS).rows} == {"7"}


def test_what_is_wrong_with_a_row_is_beside_its_values() -> None:
    content = written({"head": pa.array([{"at": "x", "machine": "M1"}]), "data": pa.array([{"temp": 1.5, "speed": 2}])})

    (entry,) = read_both(content, **CELLS).rejected

    assert (entry["reason"], entry["record_count"], entry["_line"]) == (reasons.TIME_UNREADABLE, 2, 1)
    assert json.loads(entry["text"])["data"] == {"temp": 1.5, "speed": 2}
