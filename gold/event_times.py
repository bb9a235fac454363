"""Features of events: how many lie in a window before a grid time, and how long ago the last one was."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.availability import lag_us, reach_us
from expectations.features import Feature
from expectations.tables.arrow_columns import micros
from expectations.tables.machine_keys import Moves, machine_keys
from gold.exact import Doubles
from gold.slots import Grid, Places

READS = ("machine_id", "factory_id", "kind", "code", "occurred_at")


def features(events: pa.Table, rows: Grid, moves: Moves, features: tuple[Feature, ...]) -> dict[str, Doubles]:
    """Counts and hours of events that are known at each grid time; hours are NaN where none is.

    Known are those strictly before it by more than their feed's delay, see `domain.availability`.

    Args:
        events: The columns `READS` of `silver.machine_events`.
        rows: The grid times.
        moves: The machines that moved.
        features: Declarations of the kinds event_count and hours_since.
    """
    found: dict[str, Doubles] = {}
    for kind, code in sorted({(feature.event_kind, feature.code) for feature in features}):
        times = times_of(events, moves, kind, code)
        of_it = [feature for feature in features if (feature.event_kind, feature.code) == (kind, code)]
        for machine, begin, end in _stretches(rows.machine):
            known = times.get(rows.machines[machine], np.empty(0, np.int64))
            for feature in of_it:
                column = found.setdefault(feature.name, np.full(len(rows.slot_us), np.nan))
                column[begin:end] = _values(feature, known, rows.slot_us[begin:end])
    return found


def times_of(events: pa.Table, moves: Moves, kind: str, code: str = "") -> dict[str, Places]:
    """Sorted microseconds, by key of the machine, of the events of one kind and code (any code where it is empty).

    A code counts once a moment, whatever its texts and states: as on the device.
    """
    is_wanted = pc.equal(events.column("kind"), kind)
    if code:
        is_wanted = pc.and_(is_wanted, pc.fill_null(pc.equal(events.column("code"), code), False))
    wanted = events.filter(is_wanted).select(list(READS)).group_by(list(READS), use_threads=False).aggregate([])
    machine, at_us = machine_keys(wanted, moves), micros(wanted, "occurred_at")
    return {text: np.sort(at_us[machine.codes == place]) for place, text in enumerate(machine.texts)}


def _stretches(machine: Places) -> list[tuple[int, int, int]]:
    """Each machine of sorted rows, with the places where its rows begin and end."""
    starts = np.flatnonzero(np.diff(machine, prepend=-1))
    ends = np.append(starts[1:], len(machine))
    return [(int(machine[begin]), int(begin), int(end)) for begin, end in zip(starts, ends, strict=True)]


def _values(feature: Feature, times: Places, now_us: Places) -> Doubles:
    before: NDArray[np.int64] = np.searchsorted(times, now_us - lag_us(feature.delay_s), side="left")
    if feature.kind == "event_count":
        first = np.searchsorted(times, now_us - reach_us(feature.window_s, feature.delay_s), side="left")
        return (before - first).astype(np.float64)
    hours = np.full(len(now_us), np.nan)
    known = before > 0
    hours[known] = (now_us[known] - times[before[known] - 1]).astype(np.float64) / 3.6e9
    return hours
