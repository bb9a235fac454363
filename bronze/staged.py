"""The staged form of a batch, by table: the rows of each feed, what was rejected, and the numbers of what gave no row.

Files are parsed once; each table of bronze then has its rows in the staged batch, with the table's own columns.
"""

from collections.abc import Mapping

import pyarrow as pa

from bronze.readers.coded_text import repeated
from expectations.feeds import FEEDS
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.bronze import BAD_QUALITY, REJECTED, UNREAD_NUMBERS, feed_table
from expectations.tables.contract import Table

REJECTED_SUBJECT = REJECTED.subject
UNREAD_SUBJECT = UNREAD_NUMBERS.subject
BAD_SUBJECT = BAD_QUALITY.subject
_BESIDE = {table.subject: table for table in (REJECTED, UNREAD_NUMBERS, BAD_QUALITY)}


def staged_schema(subject: str) -> pa.Schema:
    """Arrow schema of what is staged for a table: its table's columns in order; texts may be held by code."""
    return arrow_schema(staged_table(subject))


def staged_rows(batch: pa.RecordBatch, schema: pa.Schema, constants: Mapping[str, object]) -> pa.RecordBatch:
    """A reader's batch as rows of a table.

    Args:
        batch: Rows or rejected records as a reader gives them.
        schema: `staged_schema` of the table.
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


def staged_table(subject: str) -> Table:
    """The table of bronze that has this subject."""
    return _BESIDE[subject] if subject in _BESIDE else feed_table(FEEDS[subject])
