"""`gold.machine_features`: what was known of a machine at a grid time, and nothing of what came after."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.features import Feature, features_of
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import STAMP, stamps
from expectations.tables.gold import machine_features
from expectations.tables.machine_keys import moves_of
from gold import attributes, event_times, slots, windows
from gold.exact import Doubles
from gold.slots import Grid, MetricSlots

READS = slots.READS
_DAY_US = 86_400_000_000


def build(
    buckets: pa.Table, events: pa.Table, machines: pa.Table, profile: Profile, closed_until: datetime,
    dates: Sequence[date],
) -> pa.Table:  # fmt: skip
    """One row per machine and grid time with any bucket in the slot before, key (machine_id, factory_id, scored_at).

    Args:
        buckets: The columns `READS` of `silver.buckets`, reaching back the longest window before the first row wanted.
        events: `silver.machine_events`.
        machines: `silver.machines`.
        profile: The plant; its feature declarations give the columns.
        closed_until: The clock: rows of later grid times rest on buckets that are still open and are left out.
        dates: UTC dates of the rows wanted.
    """
    table, whole = machine_features(profile), slots.grid_of(buckets, profile, moves_of(machines))
    rows = whole.only(_is_wanted(whole, closed_until, dates))
    columns = {
        "machine_id": rows.machine_ids,
        "factory_id": rows.factory_ids,
        "scored_at": stamps(rows.slot_us),
        "scored_date": pa.array((rows.slot_us // _DAY_US).astype(np.int32)).cast(pa.date32()),
    }
    values = _features(buckets, events, machines, profile, rows) if len(rows.slot_us) else {}
    empty = pa.nulls(len(rows.slot_us), pa.float64())
    return pa.table([columns.get(name, values.get(name, empty)) for name in table.column_names], table.column_names)


def _is_wanted(rows: Grid, closed_until: datetime, dates: Sequence[date]) -> NDArray[np.bool_]:
    days = pa.array(dates, pa.date32()).cast(pa.int32()).to_numpy()
    closed_us = pa.scalar(closed_until, STAMP).cast(pa.int64()).as_py()
    wanted: NDArray[np.bool_] = np.isin(rows.slot_us // _DAY_US, days) & (rows.slot_us <= closed_us)
    return wanted


def _features(
    buckets: pa.Table, events: pa.Table, machines: pa.Table, profile: Profile, rows: Grid
) -> dict[str, pa.Array]:
    features, moves = features_of(profile), moves_of(machines)
    slots_of = slots.by_metric(buckets, profile, moves)
    found = _window_features(slots_of, profile, rows, _of(features, "window"))
    found |= event_times.features(events, rows, moves, _of(features, "event_count", "hours_since"))
    found |= attributes.features(machines, rows, _of(features, "attribute", "level"))
    return {name: pa.array(values, from_pandas=True) for name, values in found.items()}


def _of(features: tuple[Feature, ...], *kinds: str) -> tuple[Feature, ...]:
    return tuple(feature for feature in features if feature.kind in kinds)


def _window_features(
    metrics: Mapping[str, MetricSlots], profile: Profile, rows: Grid, features: tuple[Feature, ...]
) -> dict[str, Doubles]:
    """NaN of a metric that has no bucket at all."""
    found: dict[str, Doubles] = {}
    for metric, window_s in sorted({(feature.metric, feature.window_s) for feature in features}):
        if metric in metrics:
            window = windows.window_of(metrics[metric], rows, window_s, profile)
            of_it = [feature for feature in features if (feature.metric, feature.window_s) == (metric, window_s)]
            found |= {feature.name: windows.statistic(feature, window, profile) for feature in of_it}
    return found
