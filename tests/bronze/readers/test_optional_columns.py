"""A metric's column that a file may do without: absent it is blank in every row, present it is read as any other."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.record import reasons
from expectations.errors import MappingError
from expectations.mapping.mapping import Mapping
from tests.support.reader_files import Read, wide_mapping

FORMATS = pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
FULL: dict[str, object] = {"at": "2026-01-01T00:00:00Z", "sensor": "a", "temp": 215.0, "speed": 1500.0}


def mapping_of(file_format: str, *optional: str) -> Mapping:
    metrics: dict[str, dict[str, object]] = {
        "temp": {"metric": "temperature", "unit": "C", "divisor": 10},
        "speed": {"metric": "rotation", "unit": "rpm"},
    }
    said = {name: {**metric, "optional": True} if name in optional else metric for name, metric in metrics.items()}
    return wide_mapping(format=file_format, metrics=said)


def content(file_format: str, *rows: dict[str, object]) -> bytes:
    if file_format == "jsonl":
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    if file_format == "csv":
        lines = [",".join(rows[0]), *(",".join("" if v is None else str(v) for v in row.values()) for row in rows)]
        return "\n".join([*lines, ""]).encode()
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), out)
    return out.getvalue()


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in FULL.items() if name not in names}


def both_roads(data: bytes, mapping: Mapping) -> Read:
    read = Read(data, mapping)
    assert read.all == Read(data, mapping, use_fast=False).all
    return read


@FORMATS
def test_an_absent_column_is_blank_in_every_row_and_the_others_are_read(file_format: str) -> None:
    read = both_roads(content(file_format, *[without("speed")] * 3), mapping_of(file_format, "speed"))

    assert (read.records, read.blank, read.rejected) == (6, 3, [])
    assert [(row["metric"], row["value"]) for row in read.rows] == [("temperature", 21.5)] * 3


@FORMATS
def test_a_column_that_is_there_is_read(file_format: str) -> None:
    read = both_roads(content(file_format, FULL, {**FULL, "speed": None}), mapping_of(file_format, "speed"))

    assert (read.records, read.blank, read.rejected) == (4, 1, [])
    assert [row["metric"] for row in read.rows] == ["temperature", "rotation", "temperature"]


@FORMATS
def test_a_row_whose_time_cannot_be_read_counts_its_present_cells(file_format: str) -> None:
    data = content(file_format, without("speed"), {**without("speed"), "at": "yesterday"})

    read = both_roads(data, mapping_of(file_format, "speed"))

    assert (read.records, read.blank, len(read.rows)) == (4, 2, 1)
    assert [(entry["reason"], entry["record_count"]) for entry in read.rejected] == [(reasons.TIME_UNREADABLE, 1)]


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_column_that_is_not_optional_is_still_missed(file_format: str) -> None:
    read = both_roads(content(file_format, without("temp")), mapping_of(file_format, "speed"))

    assert {entry["reason"] for entry in read.rejected} == {reasons.MISSING_COLUMN}
    assert "column 'temp' of mapping wide is not in the" in read.rejected[0]["detail"]
    assert (read.records, read.rows) == (1, [])


@FORMATS
def test_a_file_without_any_column_of_readings_is_not_all_blank(file_format: str) -> None:
    data = content(file_format, without("temp", "speed"))

    read = both_roads(data, mapping_of(file_format, "temp", "speed"))

    assert sum(entry["record_count"] for entry in read.rejected) == read.records > 0
    assert (read.rows, read.blank) == ([], 0)


def test_an_optional_column_that_is_there_twice_is_refused() -> None:
    read = both_roads(b"at,sensor,temp,speed,speed\n2026-01-01T00:00:00Z,a,1,2,3\n", mapping_of("csv", "speed"))

    assert read.reasons == [reasons.MISSING_COLUMN] * 2
    assert "'speed' of mapping wide is twice in the header" in read.rejected[0]["detail"]


def test_optional_is_true_or_false() -> None:
    with pytest.raises(MappingError, match="optional = 'yes' is not of type bool"):
        wide_mapping(metrics={"temp": {"metric": "t", "unit": "C", "optional": "yes"}})
