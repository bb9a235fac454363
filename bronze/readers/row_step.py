"""Times of rows that are counted on from the time of a file's first row, in steps that are exact fractions."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from bronze.readers.batch import ReadBatch
from domain.record.times import MAX_US
from expectations.mapping.row_step import RowStep
from expectations.tables.arrow_columns import STAMP


def stepped(batches: Iterator[ReadBatch], step: RowStep | None, first_line: Callable[[], int]) -> Iterator[ReadBatch]:
    """The batches of one file, each row as much later as its place in the file says.

    Args:
        batches: As the reader gives them: each row has the time of the first one.
        step: From row to row; None: the rows have times of their own.
        first_line: The line of the first row; asked once a batch is read. A row's place is its line less that.
    """
    for read in batches:
        yield read if step is None else replace(read, rows=_later(read.rows, step, first_line()))


def _later(rows: pa.RecordBatch, step: RowStep, first_line: int) -> pa.RecordBatch:
    """Digits past the microsecond are cut off, as everywhere; what is past year 9999 is its end, and suspect."""
    place = np.minimum(rows["_line"].to_numpy(zero_copy_only=False) - first_line, MAX_US * step.parts // step.micros)
    whole, rest = divmod(step.micros, step.parts)
    later = place * whole + place * rest // step.parts
    time = rows.schema.get_field_index("measured_at")
    at_us = np.minimum(rows.column(time).cast(pa.int64()).to_numpy(zero_copy_only=False) + later, MAX_US)
    return rows.set_column(time, rows.schema.field(time), pa.array(at_us).cast(STAMP))
