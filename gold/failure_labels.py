"""`gold.failure_labels`: what happened after each grid time, for every horizon."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.durations import seconds
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import STAMP, coded, micros
from expectations.tables.gold import failure_labels
from expectations.tables.gold_interventions import INTERVENTION_REASONS
from expectations.tables.machine_keys import Moves, machine_keys
from gold.event_times import times_of
from gold.slots import Places

READS = ("machine_id", "factory_id", "scored_at", "scored_date")
_NONE = 2**62
"""Later than any time."""
_REASONS = pa.array([None, *INTERVENTION_REASONS], pa.string())


@dataclass(frozen=True, slots=True)
class Events:
    """What happened to the machines.

    Attributes:
        recorded: `silver.machine_events`.
        interventions: `gold.interventions`.
        moves: The machines that moved: labels follow them.
    """

    recorded: pa.Table
    interventions: pa.Table
    moves: Moves


@dataclass(frozen=True, slots=True)
class _Next:
    """For each row the next failure, the next intervention, its reason's place in `_REASONS`, whether it is down."""

    failure_us: Places
    intervention_us: Places
    reasons: Places
    is_down: NDArray[np.bool_]


def build(rows: pa.Table, events: Events, known_until: datetime, profile: Profile) -> pa.Table:
    """One row per row of `gold.machine_features`, key (machine_id, factory_id, scored_at).

    The label is 1 when a failure T has ``t < T <= t + H``, else 0. It is null for a machine that is down, from a
    failure until its repair; where failures are not known to t + H (also when a failure is known: to keep those alone
    would make failures look frequent); and, with the reason beside it, where an intervention W has ``t < W <= t + H``
    and no failure comes before it: whether the machine would have failed without it nobody knows. The hours to a
    failure end at the longest horizon, so that no event reaches rows further back.

    Args:
        rows: The columns `READS` of `gold.machine_features`.
        events: What happened to the machines.
        known_until: Until when the plant's records reach and its failures are known, see `gold.known_through`.
        profile: The plant, for horizons and the longest repair.
    """
    now_us, end_us = micros(rows, "scored_at"), pa.scalar(known_until, STAMP).cast(pa.int64()).as_py()
    following = _following(rows, events, profile)
    next_us, longest_us = following.failure_us, 1_000_000 * longest_horizon_s(profile)
    hours = np.where(next_us <= now_us + longest_us, (next_us - now_us).astype(np.float64) / 3.6e9, np.nan)
    columns = {
        **{name: rows.column(name) for name in READS},
        "hours_to_failure": pa.array(hours, from_pandas=True),
        "is_down": pa.array(following.is_down),
    }
    for horizon in profile.labels.horizons:
        latest_us = now_us + seconds(horizon) * 1_000_000
        is_unknown = following.is_down | (latest_us > end_us)
        reasons = np.where(is_unknown, 0, _censoring(latest_us, following))
        label = pa.array((next_us <= latest_us).astype(np.int32), mask=is_unknown | (reasons > 0))
        columns |= {f"failure_within_{horizon}": label, f"censored_within_{horizon}": _REASONS.take(pa.array(reasons))}
    names = failure_labels(profile).column_names
    return pa.table([columns[name] for name in names], list(names))


def longest_horizon_s(profile: Profile) -> int:
    """How far ahead labels look, seconds; 0 without a horizon."""
    return max(map(seconds, profile.labels.horizons), default=0)


def _censoring(latest_us: Places, following: _Next) -> Places:
    """For each row the reason of an intervention that comes in time and before any failure; 0 where none does."""
    work_us = following.intervention_us
    censoring: Places = np.where((work_us <= latest_us) & (work_us < following.failure_us), following.reasons, 0)
    return censoring


def _following(rows: pa.Table, events: Events, profile: Profile) -> _Next:
    machine, now_us = machine_keys(rows, events.moves), micros(rows, "scored_at")
    failures, repairs = (times_of(events.recorded, events.moves, kind) for kind in ("failure", "maintenance"))
    works = _works(events.interventions, events.moves)
    none = np.empty(0, np.int64)
    next_us, work_us = (np.full(len(now_us), _NONE, np.int64) for _ in range(2))
    is_down, reasons = np.zeros(len(now_us), np.bool_), np.zeros(len(now_us), np.int64)
    for place, text in enumerate(machine.texts):
        of_it = machine.codes == place
        if text in works:
            times, whys = works[text]
            work_us[of_it] = _first_after(times, now_us[of_it])
            reasons[of_it] = np.append(whys, 0)[np.searchsorted(times, now_us[of_it], side="right")]
        if text in failures:
            next_us[of_it] = _first_after(failures[text], now_us[of_it])
            ended_us = _down_until(failures[text], repairs.get(text, none), profile)
            is_down[of_it] = _is_down(failures[text], ended_us, now_us[of_it])
    return _Next(next_us, work_us, reasons, is_down)


def _works(interventions: pa.Table, moves: Moves) -> dict[str, tuple[Places, Places]]:
    """Sorted microseconds of the interventions, and the places of their reasons, by key of the machine."""
    ordered = interventions.sort_by("occurred_at")
    keys, at_us = machine_keys(ordered, moves), micros(ordered, "occurred_at")
    whys = coded(ordered, "reason").each(lambda reason: INTERVENTION_REASONS.index(reason) + 1, np.int64)
    return {text: (at_us[keys.codes == place], whys[keys.codes == place]) for place, text in enumerate(keys.texts)}


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
