"""The staged form of a batch, in parts: the rows of each feed, and what was rejected.

Files are parsed once; each table of bronze is then one part of the staged batch, with the table's own columns.
"""

from collections.abc import Mapping

import pyarrow as pa

from bronze.readers.coded_text import repeated
from expectations.feeds import FEEDS
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import REJECTED, feed_table
from expectations.tables.contract import Table

REJECTED_PART = REJECTED.subject


def part_schema(part: str) -> pa.Schema:
    """Arrow schema of a part: its table's columns in order; texts may be held by code."""
    return arrow_schema(part_table(part))


def staged_rows(batch: pa.RecordBatch, schema: pa.Schema, constants: Mapping[str, object]) -> pa.RecordBatch:
    """A reader's batch as rows of a part.

    Args:
        batch: Rows or rejected records as a reader gives them.
        schema: `part_schema` of the part.
        constants: Values of the columns that the reader does not give, the same for each row.
    """
    columns = [
        _repeated(constants[field.name], field.type, batch.num_rows)
        if field.name in constants
        else batch.column(field.name)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, names=schema.names)


def _repeated(value: object, kind: pa.DataType, size: int) -> pa.Array:
    return repeated(value, size) if isinstance(value, str) else pa.repeat(pa.scalar(value, kind), size)


def part_table(part: str) -> Table:
    """The table of bronze that a part becomes rows of."""
    return REJECTED if part == REJECTED_PART else feed_table(FEEDS[part])
