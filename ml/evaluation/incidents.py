"""Known incidents that a model's alarms found, beside those that the same alarms find by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import Int64
from ml.evaluation.alarms import alarms_of
from ml.evaluation.metrics import Proportion
from ml.policy import Policy


@dataclass(frozen=True, slots=True)
class IncidentsFound:
    """What alarms did for the incidents that the profile lists.

    Attributes:
        found: Incidents in which an alarm was active, of those with a row that is scored.
        by_chance: How many of as many intervals of the same lengths, anywhere in the machine's time, have one.
        unscored: Incidents without such a row.
        missed: Meanings of those that were not found, in the order of the profile.
    """

    found: Proportion
    by_chance: float
    unscored: int
    missed: tuple[str, ...]


def incidents_found(rows: Dataset, flags: Mask, policy: Policy) -> IncidentsFound | None:
    """The known incidents beside the alarms of the flagged rows; None where the profile lists none.

    Args:
        rows: Rows that are scored, by time; no incident's row has made the model.
        flags: Rows at which it alarms, shape (n,).
        policy: How alarms last.
    """
    known = rows.incidents
    if not len(known):
        return None
    hits, tested, by_chance, missed = 0, 0, 0.0, list[str]()
    for machine_id, from_us, until_us, meaning in zip(
        known.machine_ids, known.from_us.tolist(), known.until_us.tolist(), known.meanings, strict=True
    ):
        mine = rows.machine_ids == machine_id
        times = rows.scored_us[mine]
        if not ((times >= from_us) & (times <= until_us)).any():
            continue
        alarms = alarms_of(times, flags[mine], policy.alarm_rule)
        active = active_between(alarms.raised_us, alarms.cleared_us, times, times + (until_us - from_us))
        tested, by_chance = tested + 1, by_chance + float(active.mean())
        if active_between(alarms.raised_us, alarms.cleared_us, np.array([from_us]), np.array([until_us])).all():
            hits += 1
        else:
            missed.append(meaning)
    return IncidentsFound(Proportion(hits, tested), by_chance, len(known) - tested, tuple(missed))


def active_between(raised_us: Int64, cleared_us: Int64, from_us: Int64, until_us: Int64) -> Mask:
    """Whether an alarm is active in each interval, ends included; alarms by time, none overlaps another.

    >>> active_between(*map(np.array, ([10, 50], [20, 60], [0, 21, 19, 61], [9, 49, 30, 99]))).tolist()
    [False, False, True, False]
    """
    place = np.searchsorted(cleared_us, from_us, side="left")
    return np.asarray(np.append(raised_us, np.iinfo(np.int64).max)[place] <= until_us, dtype=np.bool_)
