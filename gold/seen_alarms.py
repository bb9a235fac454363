"""What people could see of machines that were serviced: scores from when they were made, and alerts."""

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.alarm import AlarmRule
from domain.intervention import Observation
from expectations.tables.arrow_columns import Flags, Micros, begins, coded, micros
from expectations.tables.machine_keys import Moves, machine_keys

SCORES = ("machine_id", "factory_id", "scored_at", "source", "decision", "made_at")
ALERTS = ("machine_id", "factory_id", "raised_at")
NEVER_US = 2**62
Seen = Mapping[str, tuple[tuple[Observation, ...], ...]]
"""Machine -> what was seen of it, by source."""


def observed(scores: pa.Table, alerts: pa.Table, moves: Moves, machines: Collection[str], alarm: AlarmRule) -> Seen:
    """What was seen of each of the machines: the scores of each source, and alerts.

    A score counts from when it was made. Of one that older code made nobody knows: a gateway's is taken to be of the
    time that it is about, and none of a batch is taken for one that people saw. Scores that can change no alarm, for
    none was near, are left out.

    Args:
        scores: The columns `SCORES` of `gold.predictions`.
        alerts: The columns `ALERTS` of `bronze.alerts`.
        moves: The machines that moved.
        machines: Keys of the machines in question.
        alarm: How alarms of scores behave.
    """
    found: dict[str, list[tuple[Observation, ...]]] = {}
    for key, observations in _of_scores(scores, moves, alarm) + _of_alerts(alerts, moves):
        if key in machines:
            found.setdefault(key, []).append(observations)
    return {key: tuple(sources) for key, sources in found.items()}


def _of_scores(scores: pa.Table, moves: Moves, alarm: AlarmRule) -> list[tuple[str, tuple[Observation, ...]]]:
    keys, sources, at_us = machine_keys(scores, moves), coded(scores, "source"), micros(scores, "scored_at")
    is_alarm = pc.not_equal(scores.column("decision"), "none").to_numpy()
    order = np.lexsort((at_us, sources.codes, keys.codes))
    is_first = begins((keys.codes, sources.codes), order)
    near = order[_near_alarms(at_us[order], is_alarm[order], is_first, alarm)]
    made_us = np.maximum(at_us, _made_us(scores))
    return _by_group(keys.texts, keys.codes[near], sources.codes[near], (at_us[near], made_us[near], is_alarm[near]))


def _of_alerts(alerts: pa.Table, moves: Moves) -> list[tuple[str, tuple[Observation, ...]]]:
    keys, at_us = machine_keys(alerts, moves), micros(alerts, "raised_at")
    order = np.lexsort((at_us, keys.codes))
    codes, times_us = keys.codes[order], at_us[order]
    return _by_group(keys.texts, codes, np.zeros_like(codes), (times_us, times_us, np.ones(len(codes), np.bool_)))


def _near_alarms(at_us: Micros, is_alarm: Flags, is_first: Flags, alarm: AlarmRule) -> Flags:
    """Rows, sorted by group and time, that raise, hold, quiet or clear an alarm of their group.

    The quiet of an alarm begins with the first row after it, however much later that is.
    """
    place = np.arange(len(at_us))
    group = np.maximum.accumulate(np.where(is_first, place, 0)) if len(place) else place
    matters = is_alarm | (np.append(False, is_alarm[:-1])[: len(place)] & ~is_first)
    last = np.maximum.accumulate(np.where(matters, place, -1)) if len(place) else place
    is_near = at_us - at_us[np.maximum(last, 0)] <= alarm.clear_after_us + max(alarm.repeat_us, alarm.min_hold_us)
    near: Flags = matters | ((last >= group) & is_near)
    return near


def _by_group(
    texts: tuple[str, ...], codes: NDArray[np.int32], sources: NDArray[np.int32],
    columns: tuple[Micros, Micros, Flags],
) -> list[tuple[str, tuple[Observation, ...]]]:  # fmt: skip
    """The observations of each machine and source, of rows that are sorted by both."""
    starts = np.flatnonzero(begins((codes, sources), np.arange(len(codes))))
    ends = np.append(starts[1:], len(codes))
    return [
        (texts[codes[start]], tuple(map(Observation, *(column[start:end].tolist() for column in columns))))
        for start, end in zip(starts.tolist(), ends.tolist(), strict=False)
    ]


def _made_us(scores: pa.Table) -> Micros:
    """When each score could be seen; never where nobody knows."""
    unknown = pc.if_else(pc.equal(scores.column("source"), "edge"), scores.column("scored_at"), None)
    made = pc.coalesce(scores.column("made_at"), unknown).cast(pa.int64())
    known: Micros = pc.fill_null(made, NEVER_US).to_numpy()
    return known
