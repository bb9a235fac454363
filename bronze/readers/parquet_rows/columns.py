"""Columns of a Parquet file: in the types that JSON has, as Python values, and whole rows as JSON."""

import json
import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.plan import ReadPlan
from bronze.readers.text.record import is_utf8
from domain.record.canonical import json_text
from domain.record.cells import BOOLEAN, INTEGER, NUMBER, TEXT, TIME

EXPECTED = {NUMBER: pa.float64(), INTEGER: pa.int64(), BOOLEAN: pa.bool_(), TEXT: pa.string()}


def column(batch: pa.RecordBatch, name: str, kind: str) -> pa.Array:
    """The column in the types that JSON has, where that loses nothing; nulls where the file does without.

    Times become text, their fractions past microseconds cut off.
    """
    there = name in batch.schema.names
    return _normal(batch[name], kind) if there else pa.nulls(batch.num_rows, EXPECTED.get(kind, pa.string()))


def listed(array: pa.Array) -> list[object]:
    """The values for Python; what Python cannot hold, such as a time past year 9999, as Arrow writes it."""
    try:
        return list(array.to_pylist())
    except (ValueError, OverflowError, KeyError):
        return [_python_value(array.slice(place, 1)) for place in range(len(array))]


def rows(batch: pa.RecordBatch) -> Iterator[bytes]:
    """Each row as JSON, for people and for replay."""
    names, lists = batch.schema.names, [listed(array) for array in batch.columns]
    for values in zip(*lists, strict=True):
        row = dict(zip(names, values, strict=True))
        yield json.dumps(_json_value(row), ensure_ascii=False).encode("utf-8", "replace")


def rescued(batch: pa.RecordBatch, plan: ReadPlan) -> pa.Array:
    """JSON of the columns of each row that the mapping does not know."""
    names = [name for name in batch.schema.names if name not in plan.known]
    if not names:
        return pa.nulls(batch.num_rows, pa.string())
    lists = [listed(batch[name]) for name in names]
    found = ({n: _json_value(v) for n, v in zip(names, values, strict=True)} for values in zip(*lists, strict=True))
    return pa.array([json_text(row) for row in found], pa.string())


def as_bytes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its texts as bytes, which need not be UTF-8."""
    arrays = [a.dictionary_decode() if pa.types.is_dictionary(a.type) else a for a in batch.columns]
    arrays = [array.cast(pa.binary()) if _is_text(array.type) else array for array in arrays]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def are_utf8(batch: pa.RecordBatch) -> NDArray[np.bool_]:
    """Whether all bytes of each row are UTF-8; of a batch of `as_bytes`."""
    good = np.ones(batch.num_rows, np.bool_)
    for array in batch.columns:
        if pa.types.is_binary(array.type):
            good &= [value is None or is_utf8(value) for value in array.to_pylist()]
    return good


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _normal(array: pa.Array, kind: str) -> pa.Array:
    got = array.type
    if pa.types.is_dictionary(got):
        return _normal(array.dictionary_decode(), kind)
    if pa.types.is_large_string(got) or pa.types.is_string_view(got):
        return array.cast(pa.string())
    if pa.types.is_timestamp(got):
        return _micros(array).cast(pa.string())
    if pa.types.is_date(got) or pa.types.is_time(got) or (pa.types.is_integer(got) and kind == TEXT):
        return array.cast(pa.string())
    return _number(array, kind)


def _micros(times: pa.Array) -> pa.Array:
    """Times in microseconds; in their own unit where one is beyond those: its text then says so."""
    micros = pa.timestamp("us", times.type.tz)
    if times.type.unit == "ns":
        return times.cast(micros, safe=False)
    try:
        return times.cast(micros)
    except pa.ArrowInvalid:
        return times


def _number(array: pa.Array, kind: str) -> pa.Array:
    got = array.type
    is_real = pa.types.is_floating(got) or pa.types.is_decimal(got) or pa.types.is_integer(got)
    try:
        if kind == INTEGER and pa.types.is_integer(got):
            return array.cast(pa.int64())
        return array.cast(pa.float64()) if is_real and kind in (NUMBER, TIME) else array
    except pa.ArrowInvalid:
        # A whole number past 2^53: the scalar path says which row.
        return array


def _python_value(one: pa.Array) -> object:
    """The only value of an array, as Arrow writes it where Python cannot hold it."""
    try:
        return one.to_pylist()[0]
    except (ValueError, OverflowError, KeyError):
        return one.cast(pa.string()).to_pylist()[0] if pa.types.is_temporal(one.type) else one.to_string()


def _json_value(value: object) -> object:
    """The value as JSON can hold it: NaN, infinity, times, bytes and decimals as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(name): _json_value(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(part) for part in value]
    return value.hex() if isinstance(value, bytes) else str(value)
