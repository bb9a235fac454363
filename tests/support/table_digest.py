"""A digest of all rows of a table that does not depend on their order."""

import hashlib
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

_INTEGERS = {32: pa.uint32(), 64: pa.uint64()}


def table_digest(rows: pa.Table, columns: Collection[str]) -> str:
    """Number of rows, and SHA-256 of their values; floats by their bits, all NaN alike.

    A column without a value counts as absent: a table of older code lacks columns that came since.

    Args:
        rows: The table.
        columns: The columns that count.
    """
    texts = [_texts(name, rows.column(name).combine_chunks()) for name in sorted(columns)]
    lines = pc.binary_join_element_wise(*texts, "").to_pylist() if texts else []
    return f"{rows.num_rows}:" + hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _texts(name: str, values: pa.Array) -> pa.Array:
    return pc.fill_null(pc.binary_join_element_wise(f"\x1f{name}=", _plain(values), ""), "")


def _plain(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return pa.array([None if value is None else str(value) for value in values.to_pylist()], pa.string())
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_nan(values), pa.scalar(float("nan"), kind), values).view(_INTEGERS[kind.bit_width])
    elif pa.types.is_temporal(kind):
        values = values.cast(pa.int64() if kind.bit_width == 64 else pa.int32())
    return values.cast(pa.string())
