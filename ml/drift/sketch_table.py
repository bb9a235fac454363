"""`gold.drift_sketches`: each machine's rows of each feature and score on each date, counted in fixed bins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.features import Feature
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_drift import DRIFT_SKETCHES
from ml.drift.left_out import why_left_out
from ml.drift.sketch import STORED, Float64, Int64, bins_of

SCORES = ("margin", "path_length")
"""Not the probability: where it follows steps, most rows share a few values, and a shift below a step is not seen."""
SCORE_READS = (
    "machine_id", "factory_id", "scored_date", "bundle", "source", "gateway_id", "is_in_sample", *SCORES,
)  # fmt: skip
_KEY = ("machine_id", "factory_id", "source", "bundle", "gateway_id", "sketch_date")
_HALF, _LOW = np.int64(2**31), np.int64(2**32)


def compared(features: Sequence[Feature], window_days: int) -> tuple[str, ...]:
    """Names of the features that are compared; see `ml.drift.left_out`."""
    return tuple(feature.name for feature in features if not why_left_out(feature, window_days))


def feature_reads(names: Sequence[str]) -> tuple[str, ...]:
    """The columns of `gold.machine_features` that a build looks at."""
    return ("machine_id", "factory_id", "scored_date", *names)


def build(features: pa.Table, scores: pa.Table, names: Sequence[str], dates: Sequence[date]) -> pa.Table:
    """One row per machine, source, feature, bundle, gateway and date, in that order of the key.

    Args:
        features: The columns `feature_reads` of `gold.machine_features`, whole dates; texts plain or by code.
        scores: The columns `SCORE_READS` of `gold.predictions`, whole dates. Scores of times that a model may have
            learnt from are left out, and those of which that is not known.
        names: The features that are compared.
        dates: The dates wanted.
    """
    unseen = scores.filter(pc.equal(scores.column("is_in_sample"), False).fill_null(False))
    given = (_keyed(features, dates, is_scores=False), names), (_keyed(unseen, dates, is_scores=True), SCORES)
    found = [rows for table, columns in given if table.num_rows for rows in _sketched(table, columns)]
    whole = pa.concat_tables(found) if found else arrow_schema(DRIFT_SKETCHES).empty_table()
    order = [(name, "ascending") for name in DRIFT_SKETCHES.key]
    return whole.sort_by(order)


def _keyed(rows: pa.Table, dates: Sequence[date], *, is_scores: bool) -> pa.Table:
    """Rows of the dates wanted, with all columns of `_KEY`, texts plain."""
    wanted = rows.filter(pc.is_in(rows.column("scored_date"), pa.array(dates, pa.date32())))
    nothing = pa.nulls(wanted.num_rows, pa.string())
    given = {name: wanted.column(name) for name in wanted.column_names}
    own = {"sketch_date": wanted.column("scored_date")}
    if not is_scores:
        features = pa.array(["features"] * wanted.num_rows, pa.string())
        own |= {"source": features, "bundle": nothing, "gateway_id": nothing}
    columns = {**given, **own}
    texts = {name: columns[name].cast(pa.string()) for name in _KEY if name != "sketch_date"}
    return pa.table({**columns, **texts})


@dataclass(frozen=True, slots=True)
class _Groups:
    """Rows by key: the keys once each, and for each row the place of its key."""

    keys: pa.Table
    codes: NDArray[np.int64]


def _grouped(rows: pa.Table) -> _Groups:
    numbered = rows.select(list(_KEY)).append_column("row", pa.array(np.arange(rows.num_rows)))
    found = numbered.group_by(list(_KEY), use_threads=False).aggregate([("row", "list")])
    members = found.column("row_list").combine_chunks()
    codes = np.empty(rows.num_rows, np.int64)
    codes[members.flatten().to_numpy()] = np.repeat(np.arange(len(found)), pc.list_value_length(members).to_numpy())
    return _Groups(found.select(list(_KEY)), codes)


def _sketched(rows: pa.Table, columns: Sequence[str]) -> Iterator[pa.Table]:
    """The sketches of each column, by key."""
    groups = _grouped(rows)
    for name in columns:
        values = rows.column(name).cast(pa.float64()).to_numpy()
        made: dict[str, Any] = {key: groups.keys.column(key) for key in _KEY}
        made |= _of_values(values, groups.codes, groups.keys.num_rows)
        made["feature"] = pa.array([name] * groups.keys.num_rows, pa.string())
        schema = arrow_schema(DRIFT_SKETCHES)
        yield pa.table([made[column] for column in schema.names], schema=schema)


def _of_values(values: Float64, codes: Int64, number: int) -> dict[str, pa.Array]:
    missing, infinite = np.isnan(values), np.isinf(values)
    finite = ~(missing | infinite)
    # A group and a bin as one number, whose order is that of groups, then of bins.
    pairs = codes[finite] * _LOW + (bins_of(values[finite]).astype(np.int64) + _HALF)
    found, counts = np.unique(pairs, return_counts=True)
    entries = np.empty(len(found), STORED)
    entries["bin"], entries["count"] = found % _LOW - _HALF, counts
    ends = np.searchsorted(found // _LOW, np.arange(number + 1)) * STORED.itemsize
    offsets, data = pa.py_buffer(ends.astype(np.int32).tobytes()), pa.py_buffer(entries.tobytes())
    return {
        "row_count": pa.array(np.bincount(codes[finite], minlength=number)),
        "missing_count": pa.array(np.bincount(codes[missing], minlength=number)),
        "infinite_count": pa.array(np.bincount(codes[infinite], minlength=number)),
        "sketch": pa.Array.from_buffers(pa.binary(), number, [None, offsets, data]),
    }
