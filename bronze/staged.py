"""The staged form of a batch: one wide frame of every feed's records, rejected ones and counts, a `_part` for each.

Files are parsed once; each table of bronze is then one part of the staged batch.
"""

import pyarrow as pa

from expectations.contract import Column
from expectations.feeds import FEEDS
from expectations.tables.bronze import REJECTED, feed_table

COUNTS = "counts"
REJECTED_PART = "rejected"
PART = Column("_part", "string", "Feed of a record, or `rejected`, or `counts`", nullable=False)

_ARROW = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "binary": pa.binary(),
}
_COUNT_COLUMNS = (
    Column("records", "bigint", "Records of a file, counted by the reader"),
    Column("blank", "bigint", "Records that say: no value"),
)


def _columns() -> tuple[Column, ...]:
    """Every column of every part once.

    Raises:
        TypeError: Two parts declare a column with different types.
    """
    declared = [column for feed in FEEDS.values() for column in feed_table(feed).columns]
    merged: dict[str, Column] = {}
    for column in [PART, *declared, *REJECTED.columns, *_COUNT_COLUMNS]:
        known = merged.setdefault(column.name, column)
        if known.type != column.type:
            raise TypeError(f"staged column {column.name} would be both {known.type} and {column.type}")
    return tuple(merged.values())


STAGED_COLUMNS = _columns()
STAGED_SCHEMA = pa.schema([pa.field(column.name, _ARROW[column.type]) for column in STAGED_COLUMNS])


def spark_ddl() -> str:
    """The staged schema as Spark's DDL, for `mapInArrow`."""
    return ", ".join(f"`{column.name}` {column.type}" for column in STAGED_COLUMNS)


def widen(batch: pa.RecordBatch, constants: dict[str, object]) -> pa.RecordBatch:
    """A part's batch with every staged column: its own, the constants, and nulls for the rest."""
    arrays = []
    for field in STAGED_SCHEMA:
        if field.name in constants:
            arrays.append(pa.repeat(pa.scalar(constants[field.name], field.type), batch.num_rows))
        elif field.name in batch.schema.names:
            arrays.append(batch.column(field.name).cast(field.type))
        else:
            arrays.append(pa.nulls(batch.num_rows, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=STAGED_SCHEMA)
