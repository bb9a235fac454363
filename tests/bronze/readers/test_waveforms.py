"""Waveforms become windows: from cells of Parquet, from rows of Parquet and CSV; every record is accounted for."""

import io
import math
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bronze.readers import read_records
from expectations.errors import MappingError
from expectations.mapping.file import parse_mapping
from expectations.mapping.landed_path import at_path
from expectations.mapping.mapping import Mapping

PLACE = {"machine_id": "P1", "factory_id": "north", "unit": "g"}
AT = "2026-11-02T06:00:00Z"
_FORMS = {"float32": "<f4", "float64": "<f8", "int16": "<i2", "int32": "<i4"}


def mapping(**changes: Any) -> Mapping:
    """Windows in cells of Parquet unless changed."""
    data = {
        "feed": "waveforms", "files": ["*"], "format": "parquet", "time": {"column": "at"}, "constants": PLACE,
        "samples": {"sensors": {"x": "P1/x"}, "rate_hz": 4000},
    }  # fmt: skip
    return parse_mapping(data | changes, "waves")


def rows_mapping(**changes: Any) -> Mapping:
    """A sample a row of CSV, the time from the lines above."""
    data = {
        "feed": "waveforms", "files": ["*"], "format": "csv", "above": ["# start: {start}"],
        "csv": {"comments": ["#"]},
        "time": {"column": "start"}, "constants": PLACE,
        "samples": {"sensors": {"x": "P1/x", "y": "P1/y"}, "rate_hz": 1000, "layout": "sample_a_row", "window": 4},
    }  # fmt: skip
    return parse_mapping(data | changes, "waves")


class Waves:
    """What a file gives."""

    def __init__(self, content: bytes, one: Mapping, *, use_fast: bool = True) -> None:
        batches = list(read_records(io.BytesIO(content), one, use_fast=use_fast))
        self.rows = [row for batch in batches for row in batch.rows.to_pylist()]
        self.rejected = [row for batch in batches for row in batch.rejected.to_pylist()]
        self.records = sum(batch.records for batch in batches)
        self.blank = sum(batch.blank for batch in batches)
        assert self.records == len(self.rows) + self.blank + sum(row["record_count"] for row in self.rejected)

    @property
    def reasons(self) -> list[str]:
        return [row["reason"] for row in self.rejected]

    def samples(self, number: int) -> NDArray[np.float64]:
        row = self.rows[number]
        found = np.frombuffer(row["samples"], _FORMS[row["encoding"]])
        assert len(found) == row["sample_count"]
        return found.astype(np.float64)


def parquet(table: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(table), sink)
    return sink.getvalue()


@pytest.mark.parametrize("use_fast", [True, False])
@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        (pa.list_(pa.float32()), "float32"), (pa.list_(pa.float64()), "float64"), (pa.list_(pa.int16()), "int16"),
        (pa.list_(pa.int64()), "float64"), (pa.large_list(pa.float32()), "float32"), (pa.list_(pa.int32(), 4), "int32"),
    ],
    ids=str,
)  # fmt: skip
def test_lists_are_read_as_they_are(kind: pa.DataType, encoding: str, *, use_fast: bool) -> None:
    content = parquet({"at": [AT, AT], "x": pa.array([[1, -2, 3, 4], [5, 6, 7, 8]], kind), "note": ["a", None]})

    read = Waves(content, mapping(), use_fast=use_fast)

    assert [row["encoding"] for row in read.rows] == [encoding] * 2
    assert (read.samples(0).tolist(), read.samples(1).tolist()) == ([1, -2, 3, 4], [5, 6, 7, 8])
    row = read.rows[0]
    assert (row["machine_id"], row["sensor_id"], row["rate_hz"], row["unit"], row["scale"]) == (
        "P1",
        "P1/x",
        4e3,
        "g",
        1,
    )
    assert row["started_at"].isoformat() == "2026-11-02T06:00:00+00:00"
    assert (row["_line"], row["_column"], row["_rescued"]) == (1, "x", '{"note": "a"}')


def test_bytes_are_read_as_the_mapping_says() -> None:
    numbers = np.array([100, -200, 32767], "<i2")
    given = {"sensors": {"x": "P1/x"}, "encoding": "int16", "scale": 0.001}
    one = mapping(samples=given, columns={"rate_hz": "fs", "speed_rpm": "rpm"})

    read = Waves(parquet({"at": [AT], "x": [numbers.tobytes()], "fs": [25600.0], "rpm": [1772.0]}), one)

    (row,) = read.rows
    assert read.samples(0).tolist() == [100, -200, 32767]
    assert (row["encoding"], row["scale"], row["rate_hz"], row["speed_rpm"]) == ("int16", 0.001, 25600, 1772)


def test_a_sensor_may_be_a_column_and_several_columns_several_sensors() -> None:
    rows = {"at": [AT], "x": [[1.0, 2.0]], "y": [[3.0, 4.0]], "s": ["DE"]}
    one = mapping(samples={"column": "x", "rate_hz": 4000}, columns={"sensor_id": "s"}, ignored=["y"])
    two = mapping(samples={"sensors": {"x": "a", "y": "b"}, "rate_hz": 4000}, ignored=["s"])

    assert [row["sensor_id"] for row in Waves(parquet(rows), one).rows] == ["DE"]
    both = Waves(parquet(rows), two)
    assert [(row["sensor_id"], row["_column"]) for row in both.rows] == [("a", "x"), ("b", "y")]
    assert both.records == 2


def test_a_long_cell_is_cut_and_nothing_of_it_is_lost() -> None:
    one = mapping(samples={"sensors": {"x": "P1/x"}, "rate_hz": 4000, "window": 4})

    read = Waves(parquet({"at": [AT], "x": [[float(k) for k in range(10)]]}), one)

    assert [row["sample_count"] for row in read.rows] == [4, 4, 2]
    assert [row["started_at"].microsecond for row in read.rows] == [0, 1000, 2000]
    assert [row["_column"] for row in read.rows] == ["x/1", "x/2", "x/3"]
    assert np.concatenate([read.samples(k) for k in range(3)]).tolist() == list(range(10))


@pytest.mark.parametrize(
    ("cells", "reasons", "blank"),
    [
        ([b"\0" * 7, b"\0" * 8], ["bad_samples"], 0),
        ([None, b""], [], 2),
        (["text", "text"], ["bad_samples"] * 2, 0),
        ([1.5, 2.5], ["bad_samples"] * 2, 0),
    ],
    ids=["a byte too few", "nothing", "texts", "numbers"],
)
def test_a_cell_without_samples_is_blank_or_rejected(cells: list[Any], reasons: list[str], blank: int) -> None:
    one = mapping(samples={"sensors": {"x": "P1/x"}, "rate_hz": 4000, "encoding": "float32"})

    read = Waves(parquet({"at": [AT, AT], "x": cells}), one)

    assert (read.reasons, read.blank, read.records) == (reasons, blank, 2)


def test_what_is_no_list_of_numbers_is_rejected() -> None:
    for cells in ([["a"]], [[[1.0]]]):
        read = Waves(parquet({"at": [AT], "x": cells}), mapping())
        assert (read.reasons, read.rows) == (["bad_samples"], [])


def test_a_null_in_a_list_is_a_missing_sample() -> None:
    read = Waves(parquet({"at": [AT], "x": pa.array([[1, None, 3]], pa.list_(pa.float32()))}), mapping())

    assert (read.samples(0)[0], read.samples(0)[2]) == (1, 3)
    assert math.isnan(read.samples(0)[1])


def test_a_row_whose_time_cannot_be_read_and_a_rate_of_zero_are_rejected() -> None:
    one = mapping(samples={"sensors": {"x": "P1/x"}}, columns={"rate_hz": "fs"})
    table = {"at": ["yesterday", AT, AT, AT], "x": [[1.0]] * 4, "fs": [4000.0, 0.0, 4000.0, math.inf]}

    read = Waves(parquet(table), one)

    assert sorted(read.reasons) == ["bad_samples", "not_finite", "time_unreadable"]
    assert [row["_line"] for row in read.rows] == [3]


def test_a_file_without_the_column_or_that_is_no_parquet_is_rejected() -> None:
    lacking = Waves(parquet({"at": [AT, AT], "z": [[1.0]] * 2}), mapping())
    broken = Waves(b"PAR1 no", mapping())

    assert lacking.reasons == ["missing_column"] * 2
    assert broken.reasons == ["unreadable_file"]


CSV = b"# start: 2026-11-02T06:00:00Z\nx,y\n" + b"".join(b"%d,%d.5\n" % (k, k) for k in range(10))


@pytest.mark.parametrize("use_fast", [True, False])
def test_rows_are_gathered_to_windows_by_their_places(*, use_fast: bool) -> None:
    read = Waves(CSV, rows_mapping(), use_fast=use_fast)

    x = [k for k, row in enumerate(read.rows) if row["sensor_id"] == "P1/x"]
    assert [read.rows[k]["sample_count"] for k in x] == [4, 4, 2]
    assert np.concatenate([read.samples(k) for k in x]).tolist() == list(range(10))
    assert [read.rows[k]["started_at"].microsecond for k in x] == [0, 4000, 8000]
    assert [read.rows[k]["_line"] for k in x] == [3, 7, 11]
    assert (read.records, {row["rate_hz"] for row in read.rows}, read.rows[0]["machine_id"]) == (6, {1000.0}, "P1")
    one = rows_mapping(samples={"sensors": {"x": "P1/x"}, "rate_hz": 1000, "layout": "sample_a_row", "window": 4})
    assert [row["_rescued"] for row in Waves(CSV, one).rows] == ['{"y": "0.5"}', '{"y": "4.5"}', '{"y": "8.5"}']


@pytest.mark.parametrize("use_fast", [True, False])
def test_a_sample_that_cannot_be_read_leaves_its_place_empty(*, use_fast: bool) -> None:
    read = Waves(CSV.replace(b"\n2,2.5", b"\nbad,2.5").replace(b"\n5,5.5", b"\n5,"), rows_mapping(), use_fast=use_fast)

    windows = {(row["sensor_id"], row["_line"]): read.samples(k).tolist() for k, row in enumerate(read.rows)}
    assert read.reasons == ["wrong_type"]
    assert [math.isnan(value) for value in windows["P1/x", 3]] == [False, False, True, False]
    assert [math.isnan(value) for value in windows["P1/y", 7]] == [False, True, False, False]
    assert windows["P1/y", 3] == [0.5, 1.5, 2.5, 3.5]


def test_a_last_sample_of_a_full_window_that_lacks_is_missing() -> None:
    read = Waves(CSV.replace(b"\n3,3.5", b"\n,"), rows_mapping())

    assert [row["sample_count"] for row in read.rows] == [4, 4, 4, 4, 2, 2]
    assert math.isnan(read.samples(0)[3])


def test_a_column_without_samples_is_blank() -> None:
    read = Waves(CSV[: CSV.index(b"0,0.5")] + b"1,\n2,\n", rows_mapping())

    assert ([row["sensor_id"] for row in read.rows], read.blank, read.records) == (["P1/x"], 1, 2)


def test_rows_of_parquet_are_samples_too() -> None:
    one = mapping(
        time={"column": "began", "kind": "local", "zone": "UTC"}, path="{began:%Y%m%d}.parquet",
        samples={"sensors": {"X106_DE_time": "DE"}, "rate_hz": 12000, "layout": "sample_a_row", "window": 3},
    )  # fmt: skip

    read = Waves(parquet({"X106_DE_time": [1.0, 2.0, 3.0, 4.0]}), at_path(one, "20261102.parquet"))

    assert [row["sample_count"] for row in read.rows] == [3, 1]
    assert [row["started_at"].isoformat() for row in read.rows] == [
        "2026-11-02T00:00:00+00:00", "2026-11-02T00:00:00.000250+00:00"
    ]  # fmt: skip


def _timed(milliseconds: list[int]) -> Waves:
    lines = [b"at,x"] + [b"2026-11-02T06:00:%02d.%03dZ,1.5" % divmod(ms, 1000) for ms in milliseconds]
    samples = {"sensors": {"x": "P1/x"}, "rate_hz": 1000, "layout": "sample_a_row"}
    return Waves(b"\n".join(lines) + b"\n", rows_mapping(above=[], time={"column": "at"}, samples=samples))


def test_times_of_rows_are_held_against_the_rate() -> None:
    even = _timed([500 + k for k in range(300)])
    gap = _timed([k + (k > 150) * 50 for k in range(300)])

    assert [(row["sample_count"], row["started_at"].microsecond) for row in even.rows] == [(300, 500_000)]
    assert gap.reasons == ["uneven_samples"]
    assert "at 1000 Hz it is 0.299 s" in gap.rejected[0]["detail"]


@given(st.integers(1, 60), st.integers(1, 25), st.sets(st.integers(0, 59)))
def test_every_sample_is_in_one_window_at_its_place(count: int, window: int, absent: set[int]) -> None:
    lines = ["" if k in absent else str(k) for k in range(count)]
    samples = {"sensors": {"x": "P1/x"}, "rate_hz": 1000, "layout": "sample_a_row", "window": window}
    content = ("# start: 2026-11-02T06:00:00Z\nx,y\n" + "".join(f"{line},0\n" for line in lines)).encode()

    read = Waves(content, rows_mapping(samples=samples, ignored=["y"]))

    found = {
        (row["_line"] - 3) // window * window + place: value
        for number, row in enumerate(read.rows)
        for place, value in enumerate(read.samples(number).tolist())
        if not math.isnan(value)
    }
    assert found == {k: float(k) for k in range(count) if k not in absent}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"samples": {}}, "column = "),
        ({"samples": {"sensors": {"x": "a"}}}, "rate_hz is said once"),
        ({"samples": {"column": "x", "rate_hz": 1}}, "nothing fills sensor_id"),
        ({"samples": {"sensors": {"x": "a"}, "rate_hz": 1, "scale": 0}}, "scale = 0.0"),
        ({"samples": {"sensors": {"x": "a"}, "rate_hz": 1, "window": -1}}, "window = -1"),
        ({"samples": {"sensors": {"x": "a"}, "rate_hz": 1, "encoding": "text"}}, "unknown encoding 'text'"),
        ({"format": "csv"}, 'layout = "sample_a_row"'),
        ({"format": "jsonl"}, "waveforms come in csv and parquet"),
        ({"feed": "readings"}, "belongs to feed waveforms"),
        ({"constants": PLACE | {"encoding": "int16"}}, "filled by [samples]"),
        ({"constants": PLACE | {"sensor_id": "S"}}, "sensor_id is filled in two ways"),
        ({"columns": {"gateway_id": "x"}}, "read as string and as samples"),
    ],
)  # fmt: skip
def test_a_mapping_that_contradicts_itself_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(MappingError) as refused:
        mapping(**changes)

    assert words in str(refused.value)


@pytest.mark.parametrize("group_rows", [50, 4000], ids=["many row groups", "one row group"])
def test_a_file_is_read_in_bounded_memory(group_rows: int, tmp_path: Path) -> None:
    path, one = (
        tmp_path / "large.parquet",
        mapping(samples={"sensors": {"x": "x"}, "rate_hz": 1000, "encoding": "float32"}),
    )
    numbers = np.random.default_rng(1).integers(0, 256, (2000, 16_000), np.uint8)
    table = pa.table({"at": [AT] * 2000, "x": pa.array([row.tobytes() for row in numbers], pa.binary())})
    pq.write_table(table, path, row_group_size=group_rows, use_dictionary=False)

    tracemalloc.start()
    with path.open("rb") as stream:
        rows = sum(batch.rows.num_rows for batch in read_records(stream, one))
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (rows, path.stat().st_size > 30e6) == (2000, True)
    assert peak < 20e6
