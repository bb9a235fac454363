"""Records that share a stamp for want of precision: given times of their own in the order of the file, or their mean.

A logger that samples four times a second and writes whole seconds sends four readings of one time. Of n neighbours of
one sensor and metric with one stamp, the one at place k gets ``stamp + k * step``. The step is the mapping's, or the
stamps' precision by n where that is less. By `mean` the n are one reading: the exact sum by n,
rounded once. Records of another revision or export time are other versions of samples, and no neighbours.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bronze.readers.batch import ReadBatch, rejected_batch
from domain.conflicts import NO_REVISION
from expectations.mapping.equal_stamps import EqualStamps
from expectations.tables.arrow_columns import STAMP, begins, coded, micros

_Numbers = NDArray[np.int64]


def in_order(batches: Iterator[ReadBatch], rule: EqualStamps) -> Iterator[ReadBatch]:
    """The batches of one file of readings, with times of their own for neighbours that share a stamp, or their mean.

    The last stamp of each sensor and metric waits for the next batch: more of it may come.

    Args:
        batches: As the reader gives them.
        rule: What the mapping says.
    """
    waiting: pa.RecordBatch | None = None
    for read in batches:
        rows = read.rows if waiting is None else pa.concat_batches([waiting, read.rows])
        place, size, is_last = _runs(rows, rule)
        timed = _resolved(rows.filter(pa.array(~is_last)), place[~is_last], size[~is_last], rule)
        waiting = rows.filter(pa.array(is_last))
        # A row is a record: those that wait count where they are given.
        yield replace(read, rows=timed, records=read.records + timed.num_rows - read.rows.num_rows)
    if waiting is not None and waiting.num_rows:
        place, size, _ = _runs(waiting, rule)
        timed = _resolved(waiting, place, size, rule)
        yield ReadBatch(timed, rejected_batch([]), timed.num_rows, 0)


def _runs(rows: pa.RecordBatch, rule: EqualStamps) -> tuple[_Numbers, _Numbers, NDArray[np.bool_]]:
    """For each row its place among its neighbours, their number, and whether they are the last of their sensor."""
    table = pa.Table.from_batches([rows])
    key = _series(table, rule)
    order = np.lexsort((np.arange(rows.num_rows), *reversed(key)))
    starts_key, starts = begins(key, order), begins([*key, micros(table, "measured_at"), *_versions(rows)], order)
    run = np.cumsum(starts) - 1
    first, sizes = np.flatnonzero(starts), np.bincount(run)
    ends_key = np.append(starts_key[1:], True) if rows.num_rows else starts_key
    last_run = np.zeros(len(first), dtype=np.bool_)
    last_run[run[ends_key]] = True
    place, size, is_last = (np.empty(rows.num_rows, kind) for kind in (np.int64, np.int64, np.bool_))
    place[order], size[order], is_last[order] = np.arange(rows.num_rows) - first[run], sizes[run], last_run[run]
    return place, size, is_last


def _resolved(rows: pa.RecordBatch, place: _Numbers, size: _Numbers, rule: EqualStamps) -> pa.RecordBatch:
    """Whole runs by the rule."""
    if not rule.is_mean:
        return _timed(rows, place, size, rule)
    key = _series(pa.Table.from_batches([rows]), rule)
    return _means(rows, place, size, np.lexsort((np.arange(rows.num_rows), *reversed(key))))


def _means(rows: pa.RecordBatch, place: _Numbers, size: _Numbers, order: _Numbers) -> pa.RecordBatch:
    """The first row of each run, with the mean of all its values; `order` has each run's rows together."""
    heads = np.flatnonzero(place[order] == 0)
    column = rows.schema.get_field_index("value")
    values = rows.column(column).to_numpy(zero_copy_only=False).copy()
    for head in heads[size[order][heads] > 1]:
        run = order[head : head + size[order[head]]]
        values[run[0]] = exact_mean(values[run].tolist())
    found = rows.set_column(column, rows.schema.field(column), pa.array(values))
    return found.filter(pa.array(place == 0))


def exact_mean(values: Sequence[float]) -> float:
    """The mean of finite numbers, rounded once: the same in any order.

    >>> exact_mean([0.1, 0.2, 0.3]), exact_mean([1e16, 1.0, -1e16])
    (0.2, 0.3333333333333333)
    """
    ratios = [value.as_integer_ratio() for value in values]
    common = max(below for _, below in ratios)  # all are powers of two
    return sum(above * (common // below) for above, below in ratios) / (common * len(values))


def _series(table: pa.Table, rule: EqualStamps) -> list[NDArray[np.integer[Any]]]:
    """By numbers: what neighbours have in common; a mean is of values in one unit."""
    names = ["factory_id", "machine_id", "sensor_id", "metric", *(["unit"] if rule.is_mean else [])]
    return [coded(table, name).codes for name in names]


def _versions(rows: pa.RecordBatch) -> list[_Numbers]:
    """What records say of their version: two versions of one stamp are no samples of it."""
    stated = (rows.column(name).cast(pa.int64()) for name in ("revision", "revised_at"))
    return [column.fill_null(NO_REVISION).to_numpy() for column in stated]


def _timed(rows: pa.RecordBatch, place: _Numbers, size: _Numbers, rule: EqualStamps) -> pa.RecordBatch:
    column = rows.schema.get_field_index("measured_at")
    step = np.full(len(place), rule.step_us or rule.precision_us, dtype=np.int64)
    fits = step * size <= rule.precision_us
    later = np.where(fits, step * place, place * rule.precision_us // np.maximum(size, 1))
    at_us = rows.column(column).cast(pa.int64()).to_numpy(zero_copy_only=False) + later
    return rows.set_column(column, rows.schema.field(column), pa.array(at_us).cast(STAMP))
