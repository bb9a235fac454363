"""`gold.failure_labels`: what happened after each grid time, for every horizon."""

from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.durations import seconds
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import STAMP, micros
from expectations.tables.gold import failure_labels
from expectations.tables.machine_keys import Moves, machine_keys
from gold.event_times import times_of
from gold.slots import Places

READS = ("machine_id", "factory_id", "scored_at", "scored_date")
_NONE = 2**62
"""Later than any time."""


def build(rows: pa.Table, events: pa.Table, moves: Moves, known_until: datetime, profile: Profile) -> pa.Table:
    """One row per row of `gold.machine_features`, key (machine_id, factory_id, scored_at).

    The label is 1 when a failure T has ``t < T <= t + H``, else 0. It is null where failures are not known to t + H
    (also when a failure is known: to keep those alone would make failures look frequent), and for a machine that is
    down, from a failure until its repair.

    Args:
        rows: The columns `READS` of `gold.machine_features`.
        events: `silver.machine_events`.
        moves: The machines that moved: labels follow them.
        known_until: Until when the plant's records reach and its failures are known, see `gold.known_through`.
        profile: The plant, for horizons and the longest repair.
    """
    now_us, end_us = micros(rows, "scored_at"), pa.scalar(known_until, STAMP).cast(pa.int64()).as_py()
    next_us, is_down = _next_and_down(rows, events, moves, profile)
    hours = np.where(next_us < _NONE, (next_us - now_us).astype(np.float64) / 3.6e9, np.nan)
    columns = {
        **{name: rows.column(name) for name in READS},
        **{
            f"failure_within_{horizon}": _label(now_us + seconds(horizon) * 1_000_000, next_us, end_us, is_down)
            for horizon in profile.labels.horizons
        },
        "hours_to_failure": pa.array(hours, from_pandas=True),
        "is_down": pa.array(is_down),
    }
    names = failure_labels(profile).column_names
    return pa.table([columns[name] for name in names], list(names))


def _label(latest_us: Places, next_us: Places, end_us: int, is_down: NDArray[np.bool_]) -> pa.Array:
    return pa.array((next_us <= latest_us).astype(np.int32), mask=(latest_us > end_us) | is_down)


def _next_and_down(
    rows: pa.Table, events: pa.Table, moves: Moves, profile: Profile
) -> tuple[Places, NDArray[np.bool_]]:
    """For each row the time of the next failure, and whether the machine is down."""
    machine, now_us = machine_keys(rows, moves), micros(rows, "scored_at")
    failures, repairs = times_of(events, moves, "failure"), times_of(events, moves, "maintenance")
    next_us, is_down = np.full(len(now_us), _NONE, np.int64), np.zeros(len(now_us), np.bool_)
    for place, text in enumerate(machine.texts):
        if text in failures:
            of_it = machine.codes == place
            next_us[of_it] = _first_after(failures[text], now_us[of_it])
            ended_us = _down_until(failures[text], repairs.get(text, np.empty(0, np.int64)), profile)
            is_down[of_it] = _is_down(failures[text], ended_us, now_us[of_it])
    return next_us, is_down


def _first_after(failures: Places, now_us: Places) -> Places:
    following: Places = np.append(failures, _NONE)[np.searchsorted(failures, now_us, side="right")]
    return following


def _down_until(failures: Places, repairs: Places, profile: Profile) -> Places:
    """For each failure the first maintenance at or after it, at most the profile's repair time later."""
    repaired = np.append(repairs, _NONE)[np.searchsorted(repairs, failures, side="left")]
    ends: Places = np.minimum(repaired, failures + profile.labels.repair_s * 1_000_000)
    return ends


def _is_down(failures: Places, ended_us: Places, now_us: Places) -> NDArray[np.bool_]:
    """From the last failure at or before a time on, until its end, that instant included."""
    last = np.searchsorted(failures, now_us, side="right") - 1
    down: NDArray[np.bool_] = (last >= 0) & (now_us <= ended_us[last])
    return down
