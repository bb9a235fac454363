"""Records that share a stamp for want of precision, given times of their own in the order of the file.

A logger that samples four times a second and writes whole seconds sends four readings of one time. Of n neighbours of
one sensor and metric with one stamp, the one at place k gets ``stamp + k * step``. The step is the mapping's, or the
stamps' precision by n where that is less.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.batch import ReadBatch, rejected_batch
from expectations.mapping.equal_stamps import EqualStamps
from expectations.tables.arrow_columns import STAMP, begins, coded, micros

_Numbers = NDArray[np.int64]


def in_order(batches: Iterator[ReadBatch], rule: EqualStamps) -> Iterator[ReadBatch]:
    """The batches of one file of readings, with times of their own for neighbours that share a stamp.

    The last stamp of each sensor and metric waits for the next batch: more of it may come.

    Args:
        batches: As the reader gives them.
        rule: What the mapping says.
    """
    waiting: pa.RecordBatch | None = None
    for read in batches:
        rows = read.rows if waiting is None else pa.concat_batches([waiting, read.rows])
        place, size, is_last = _runs(rows)
        timed = _timed(rows, place, size, rule).filter(pa.array(~is_last))
        waiting = rows.filter(pa.array(is_last))
        # A row is a record: those that wait count where they are given.
        yield replace(read, rows=timed, records=read.records + timed.num_rows - read.rows.num_rows)
    if waiting is not None and waiting.num_rows:
        place, size, _ = _runs(waiting)
        yield ReadBatch(_timed(waiting, place, size, rule), rejected_batch([]), waiting.num_rows, 0)


def _runs(rows: pa.RecordBatch) -> tuple[_Numbers, _Numbers, NDArray[np.bool_]]:
    """For each row its place among its neighbours, their number, and whether they are the last of their sensor."""
    table = pa.Table.from_batches([rows])
    key = [coded(table, "sensor_id").codes, coded(table, "metric").codes]
    order = np.lexsort((np.arange(rows.num_rows), *reversed(key)))
    starts_key, starts = begins(key, order), begins([*key, micros(table, "measured_at")], order)
    run = np.cumsum(starts) - 1
    first, sizes = np.flatnonzero(starts), np.bincount(run)
    ends_key = np.append(starts_key[1:], True) if rows.num_rows else starts_key
    last_run = np.zeros(len(first), dtype=np.bool_)
    last_run[run[ends_key]] = True
    place, size, is_last = (np.empty(rows.num_rows, kind) for kind in (np.int64, np.int64, np.bool_))
    place[order], size[order], is_last[order] = np.arange(rows.num_rows) - first[run], sizes[run], last_run[run]
    return place, size, is_last


def _timed(rows: pa.RecordBatch, place: _Numbers, size: _Numbers, rule: EqualStamps) -> pa.RecordBatch:
    column = rows.schema.get_field_index("measured_at")
    step = np.full(len(place), rule.step_us or rule.precision_us, dtype=np.int64)
    fits = step * size <= rule.precision_us
    later = np.where(fits, step * place, place * rule.precision_us // np.maximum(size, 1))
    at_us = rows.column(column).cast(pa.int64()).to_numpy(zero_copy_only=False) + later
    return rows.set_column(column, rows.schema.field(column), pa.array(at_us).cast(STAMP))
