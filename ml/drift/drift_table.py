"""`gold.drift`: each date's window against the windows before it, for the fleet, each gateway and each machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.gold_drift import DRIFT
from ml.drift.comparison import Comparison, compare
from ml.drift.distances import MEASURES, Distances
from ml.drift.rules import DriftRules
from ml.drift.scopes import Scored, scopes_of
from ml.drift.series import Series
from ml.drift.windows import each_window

_TEXTS = ("machine_id", "factory_id", "source", "feature", "bundle", "gateway_id")
READS = (*_TEXTS, "sketch_date", "missing_count", "infinite_count", "sketch")
_SERIES = ("source", "feature", "bundle")
_EPOCH = date(1970, 1, 1)
Row = dict[str, Any]


def build(sketches: pa.Table, rules: DriftRules, dates: Sequence[date]) -> pa.Table:
    """One row per scope, source, feature, bundle and date with any sketch in the window that ends with it.

    Machines have rows of Sundays alone: of 24 machines they are nine tenths of the work.

    Args:
        sketches: The columns `READS` of `gold.drift_sketches`, reaching back `rules.days` before the first date; texts
            plain or by code.
        rules: Windows and limits.
        dates: The dates wanted.
    """
    ordered = _plain(sketches).sort_by([("sketch_date", "ascending")])
    scored, days = Scored.of(ordered), [(day - _EPOCH).days for day in sorted(dates)]
    rows = [row for one in _each_series(ordered) for row in _of_series(one, scored, rules, days)]
    order = [(name, "ascending") for name in DRIFT.key]
    return pa.Table.from_pylist(rows, arrow_schema(DRIFT)).sort_by(order)


def _plain(sketches: pa.Table) -> pa.Table:
    texts = {name: sketches.column(name).cast(pa.string()) for name in _TEXTS}
    return pa.table({**texts, **{name: sketches.column(name) for name in READS if name not in texts}})


def _each_series(ordered: pa.Table) -> Iterator[pa.Table]:
    """The sketches of each source, feature and bundle."""
    numbered = ordered.select(list(_SERIES)).append_column("row", pa.array(np.arange(ordered.num_rows)))
    found = numbered.group_by(list(_SERIES), use_threads=False).aggregate([("row", "list")])
    for rows in found.column("row_list"):
        yield ordered.take(rows.values)


def _of_series(sketches: pa.Table, scored: Scored, rules: DriftRules, days: Sequence[int]) -> Iterator[Row]:
    (named,) = sketches.select(list(_SERIES)).slice(0, 1).to_pylist()
    for scope, series, due in scopes_of(sketches, scored).compared(days, rules.window_days):
        of_scope = {**asdict(scope), **named}
        yield from ({**of_scope, **row} for row in _of_scope(series, rules, due))


def _of_scope(series: Series, rules: DriftRules, days: Sequence[int]) -> Iterator[Row]:
    """What each window with any sketch says, and those before it."""
    for day, windows in each_window(series, days, rules):
        newest = series.within(day - rules.window_days + 1, day)
        if len(newest.days):
            until = {"until_date": _EPOCH + timedelta(days=day)}
            yield {**until, **_outcome(compare(windows, rules)), **_unusual(series, newest, rules, day)}


def _unusual(series: Series, newest: Series, rules: DriftRules, day: int) -> Row:
    """Rows without a finite value."""
    missing = int(newest.missing.sum())
    return {
        "missing_count": missing,
        "infinite_count": int(newest.infinite.sum()),
        "reference_missing_count": int(series.within(day - rules.days + 1, day).missing.sum()) - missing,
    }


def _outcome(found: Comparison) -> Row:
    return {
        "verdict": found.verdict.value,
        "reasons": list(found.reasons),
        **_numbers(found.found, ""),
        **_numbers(found.limits, "_limit"),
        "row_count": found.rows,
        "reference_row_count": found.reference_rows,
    }


def _numbers(found: Distances | None, suffix: str) -> Row:
    return {f"{name}{suffix}": None if found is None else getattr(found, name) for name in MEASURES}
