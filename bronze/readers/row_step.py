"""Times of rows that are counted on from the time of a file's first row, in steps that are exact fractions."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.batch import ReadBatch
from domain.record.times import MAX_US
from expectations.mapping.row_step import RowStep
from expectations.tables.arrow_columns import STAMP

Lines = NDArray[np.int64]


def stepped(
    batches: Iterator[ReadBatch], step: Callable[[], RowStep | None], place_of: Callable[[Lines], Lines]
) -> Iterator[ReadBatch]:
    """The batches of one file, each row as much later as its place in the file says.

    Args:
        batches: As the reader gives them: each row has the time of the first one.
        step: From row to row, asked once a batch is read; None: the rows have times of their own.
        place_of: Lines of rows of the batch -> their places among the rows of the file, from 0.
    """
    for read in batches:
        found = step()
        yield read if found is None else replace(read, rows=_later(read.rows, found, place_of))


class RowPlaces:
    """Counts the rows of a file of text by their lines: a line that is no row takes no place."""

    def __init__(self) -> None:
        self._first = 0  # the line of the first row; 0: not found yet
        self._before = 0
        self._others = np.empty(0, np.int64)

    def note(self, rows: Lines, first: int, count: int) -> None:
        """Take in the next block of the file.

        Args:
            rows: The lines of its rows, each by the first one.
            first: Its first line.
            count: How many lines it has.
        """
        self._before += len(self._others)
        self._first = self._first or (int(rows[0]) if len(rows) else 0)
        others = np.setdiff1d(np.arange(first, first + count), rows, assume_unique=True)
        self._others = others[others >= self._first] if self._first else others[:0]

    def of(self, lines: Lines) -> Lines:
        """The places of rows of the last block, from 0."""
        return np.asarray(lines - self._first - self._before - np.searchsorted(self._others, lines), np.int64)


def _later(rows: pa.RecordBatch, step: RowStep, place_of: Callable[[Lines], Lines]) -> pa.RecordBatch:
    """Digits past the microsecond are cut off, as everywhere; what is past year 9999 is its end, and suspect."""
    place = np.minimum(place_of(rows["_line"].to_numpy(zero_copy_only=False)), MAX_US * step.parts // step.micros)
    whole, rest = divmod(step.micros, step.parts)
    later = place * whole + place * rest // step.parts
    time = rows.schema.get_field_index("measured_at")
    at_us = np.minimum(rows.column(time).cast(pa.int64()).to_numpy(zero_copy_only=False) + later, MAX_US)
    return rows.set_column(time, rows.schema.field(time), pa.array(at_us).cast(STAMP))
