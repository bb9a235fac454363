"""What alarms would have caught by chance: the same alarms against failures shifted in time, machine by machine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import FailureEvents
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.metrics import Proportion
from ml.policy import Policy

SEED = 20150101


@dataclass(frozen=True, slots=True)
class Chance:
    """Recall beside that of shifted failures.

    Attributes:
        recall: Of the failures as they were.
        expected: Mean recall over the shifts: about the fraction of time in alarm or soon after one.
        upper: Their 95 % quantile; recall above it is no accident.
    """

    recall: Proportion
    expected: float
    upper: float

    @property
    def is_better(self) -> bool:
        """Whether recall is above what chance explains."""
        return self.recall.value is not None and self.recall.value > self.upper

    @property
    def tells_nothing(self) -> bool:
        """Whether chance explains the recall by both measures: one shift in 20, and the mean beside its interval.

        Failures that come at regular intervals meet each other in some shifts, so that even a perfect recall is not
        above the first; the interval takes failures for independent, which clusters of them are not.
        """
        return not self.is_better and self.recall.interval[0] <= self.expected


def against_chance(rows: Dataset, flags: Mask, policy: Policy) -> Chance:
    """Recall of alarms at the flagged rows, beside that of failures shifted round each machine's own time.

    Source: circular block permutation, which leaves the number of failures and their distances as they are (Politis &
    Romano, Exploring the Limits of Bootstrap, 1992).
    """
    recall = EpisodeEvaluator(rows, policy).evaluate(flags).recall
    rng = np.random.default_rng(SEED)
    found = []
    for _ in range(policy.chance_shifts):
        outcome = EpisodeEvaluator(replace(rows, failures=shifted(rows, rng.random())), policy).evaluate(flags)
        found.append(outcome.recall.value or 0.0)
    return Chance(recall, float(np.mean(found)), float(np.quantile(found, 0.95)))


def shifted(rows: Dataset, fraction: float) -> FailureEvents:
    """The failures within each machine's rows, moved on by this fraction of its time; those past the end go round."""
    names, times = list[str](), list[int]()
    for machine_id in np.unique(rows.machine_ids).tolist():
        at_us = rows.scored_us[rows.machine_ids == machine_id]
        first, span = int(at_us.min()), int(np.ptp(at_us)) + 1
        failed = rows.failures.of_machine(machine_id)
        inside = failed[(failed >= first) & (failed < first + span)]
        moved = np.sort(first + (inside - first + int(fraction * span)) % span).tolist()
        names += [machine_id] * len(moved)
        times += moved
    return FailureEvents(np.array(names, dtype=np.str_), np.array(times, dtype=np.int64), ("",) * len(times))
