"""Rows of Parquet as the documents that JSON would have: structs and maps are objects, lists are arrays."""

from collections.abc import Sequence
from decimal import Decimal

import pyarrow as pa

from bronze.readers.plan import ReadPlan
from domain.record import reasons
from domain.record.faults import RecordError
from domain.record.json_path import is_path, parse_path


def is_within(schema: pa.Schema, plan: ReadPlan) -> bool:
    """Whether the records of a file are within its rows: the mapping says so, or a column leads into another one."""
    mapping = plan.mapping
    if mapping.records or mapping.blank_where or mapping.series is not None:
        return True
    paths = [parse_path(name) for name in plan.file_columns if name not in schema.names and is_path(name)]
    roots = {str(path.steps[0]) for path in paths if path is not None and path.steps}
    return any(pa.types.is_nested(schema.field(root).type) for root in roots.intersection(schema.names))


def documents(batch: pa.RecordBatch) -> list[dict[str, object] | RecordError]:
    """Each row as a document, or why it is none.

    A struct that is null is one of nulls: its members are blank, not absent. Decimals are numbers, times are texts with
    their zone, as in a column of their own; bytes are an object, for they are neither text nor number.
    """
    names, kinds = batch.schema.names, batch.schema.types
    arrays = [_fine(array) for array in batch.columns]
    return [_document(names, kinds, [array[place] for array in arrays]) for place in range(batch.num_rows)]


def _document(
    names: Sequence[str], kinds: Sequence[pa.DataType], scalars: Sequence[pa.Scalar]
) -> dict[str, object] | RecordError:
    try:
        return {name: _value(_python(scalar), kind) for name, kind, scalar in zip(names, kinds, scalars, strict=True)}
    except RecordError as exc:
        return exc


def _fine(array: pa.Array) -> pa.Array:
    """The array with nanoseconds cut to microseconds, which Python can hold, at every depth."""
    kind = _in_micros(array.type)
    return array if kind == array.type else array.cast(kind, safe=False)


def _in_micros(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_in_micros(field.type)) for field in kind])
    if pa.types.is_map(kind):
        return pa.map_(kind.key_type, _in_micros(kind.item_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(_in_micros(kind.value_type)))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(_in_micros(kind.value_type)))
    return kind


def _python(scalar: pa.Scalar) -> object:
    """The scalar for Python; what Python cannot hold, such as a time past year 9999, refuses its row."""
    try:
        return scalar.as_py()
    except (ValueError, OverflowError, KeyError) as exc:
        detail = f"a value of the row cannot be read: {exc}; legal: times of the years 1 to 9999"
        raise RecordError(reasons.WRONG_TYPE, detail) from exc


def _value(value: object, kind: pa.DataType) -> object:
    """A value as JSON would have it."""
    if pa.types.is_dictionary(kind):
        return _value(value, kind.value_type)
    if pa.types.is_struct(kind):
        members = value if isinstance(value, dict) else {}
        return {field.name: _value(members.get(field.name), field.type) for field in kind}
    if isinstance(value, list):
        return _object(value, kind) if pa.types.is_map(kind) else [_value(one, kind.value_type) for one in value]
    return _single(value)


def _single(value: object) -> object:
    """A value that is neither struct, map nor list."""
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _object(pairs: list[tuple[object, object]], kind: pa.DataType) -> dict[str, object]:
    found = {str(key): _value(one, kind.item_type) for key, one in pairs}
    if len(found) < len(pairs):
        raise RecordError(reasons.DUPLICATE_KEY, "a map of the row has one key twice; send each once")
    return found
