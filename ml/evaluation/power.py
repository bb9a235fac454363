"""What an anomaly model sees: disturbances of known size in held-out healthy stretches, and how many it finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Dataset, Float64, Mask
from ml.data.failure_events import Int64
from ml.data.metric_columns import MetricColumns
from ml.evaluation.disturbances import KINDS, RELATION, SHIFT, STUCK, Usual, shifted, stuck, unrelated, usual
from ml.evaluation.metrics import Proportion
from ml.policy import US_PER_HOUR, Policy

STRETCH_ROWS = 24
"""Rows of a stretch at most, even places of it: a rig with a row each second has 86,400 a day."""

Flags = Callable[[Float64], Mask]
"""Rows of features that a model calls unusual, shape (n, f) to (n,)."""


@dataclass(frozen=True, slots=True)
class Found:
    """How many disturbances of one kind were found.

    Attributes:
        kind: ``shift``, ``stuck`` or ``relation``.
        found: Stretches in which a row was flagged, of those that were disturbed.
        unseen: Metrics of which none was found, in the order of the features.
        metrics: Metrics that were disturbed.
    """

    kind: str
    found: Proportion
    unseen: tuple[str, ...] = ()
    metrics: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """One disturbance: a metric in one stretch of a machine.

    Attributes:
        metric: Place of the metric.
        rows: Places of the stretch's rows.
        deviation: Usual deviation of the metric there.
        relation: Strongest usual correlation of the metric there.
    """

    metric: int
    rows: Int64
    deviation: float
    relation: float


def measure_power(
    growing: Dataset, testing: Dataset, metrics: tuple[MetricColumns, ...], flags: Flags, policy: Policy
) -> tuple[Found, ...]:
    """How many disturbances of each kind a model finds, in stretches in which it is quiet without them.

    A stretch is the policy's number of hours of one machine. A shift is in deviations of the machine's own healthy
    rows, up and down in turns; a relation breaks where two metrics of the machine are usually correlated.

    Args:
        growing: Healthy rows that say what is usual.
        testing: Healthy rows that nothing was made from.
        metrics: What may be disturbed; none gives no figure.
        flags: The model.
        policy: Sizes, number of trials.
    """
    if not metrics or not len(testing):
        return ()
    unusual = flags(testing.values)
    quiet = [stretch for stretch in stretches(testing, policy) if not unusual[stretch].any()]
    every = _trials(growing, testing, metrics, quiet)
    return tuple(_found(kind, _chosen(kind, every, metrics, policy), testing, metrics, flags, policy) for kind in KINDS)


def stretches(rows: Dataset, policy: Policy) -> list[Int64]:
    """Places of the rows of each stretch, machine by machine; at most `STRETCH_ROWS` of each."""
    length_us, found = int(policy.power_hours * US_PER_HOUR), list[Int64]()
    for machine_id in np.unique(rows.machine_ids):
        places = np.flatnonzero(rows.machine_ids == machine_id)
        number = (rows.scored_us[places] - rows.scored_us[places[0]]) // length_us
        found += np.split(places, np.flatnonzero(np.diff(number)) + 1)
    return [each[np.unique(np.linspace(0, len(each) - 1, STRETCH_ROWS).astype(np.int64))] for each in found]


def _trials(growing: Dataset, testing: Dataset, metrics: tuple[MetricColumns, ...], quiet: list[Int64]) -> list[Trial]:
    """Every metric in every quiet stretch that has it, metric by metric; of machines whose usual values are known."""
    known: dict[str, Usual] = {}
    found = []
    for number, metric in enumerate(metrics):
        for rows in quiet:
            machine_id = str(testing.machine_ids[rows[0]])
            if machine_id not in known:
                known[machine_id] = usual(growing.values[growing.machine_ids == machine_id], metrics)
            of_machine = known[machine_id]
            deviation, relation = float(of_machine.deviation[number]), float(of_machine.relation[number])
            if deviation > 0 and not np.isnan(testing.values[rows][:, metric.levels[0]]).any():
                found.append(Trial(number, rows, deviation, relation))
    return found


def _half_away(testing: Dataset, rows: Int64) -> Int64:
    """As many rows of the machine, half of its rows later, going round at the end."""
    mine = np.flatnonzero(testing.machine_ids == testing.machine_ids[rows[0]])
    return mine[(np.searchsorted(mine, rows) + len(mine) // 2) % len(mine)]


def _chosen(kind: str, trials: list[Trial], metrics: tuple[MetricColumns, ...], policy: Policy) -> list[Trial]:
    """At most the policy's number of them, at even places, so that each metric has as many as another."""
    fitting = [each for each in trials if _fits(kind, each, metrics, policy)]
    if len(fitting) <= policy.power_trials:
        return fitting
    places = np.linspace(0, len(fitting) - 1, policy.power_trials).astype(np.int64)
    return [fitting[place] for place in places.tolist()]


def _fits(kind: str, trial: Trial, metrics: tuple[MetricColumns, ...], policy: Policy) -> bool:
    """Whether a row can show it: one column alone has no stuck value, a metric without relation has none to break."""
    if kind == RELATION:
        return trial.relation >= policy.power_relation
    return kind == SHIFT or len(metrics[trial.metric].all) > 1


def _found(
    kind: str, trials: list[Trial], testing: Dataset, metrics: tuple[MetricColumns, ...], flags: Flags, policy: Policy
) -> Found:
    if not trials:
        return Found(kind, Proportion(0, 0))
    rows = [_disturbed(kind, each, at, testing, metrics, policy) for at, each in enumerate(trials)]
    starts = np.cumsum([0, *map(len, rows[:-1])])
    hit = np.logical_or.reduceat(flags(np.concatenate(rows)), starts)
    disturbed = np.array([each.metric for each in trials])
    seen = set(disturbed[hit].tolist())
    unseen = tuple(metrics[at].metric for at in np.unique(disturbed).tolist() if at not in seen)
    return Found(kind, Proportion(int(hit.sum()), len(hit)), unseen, len(np.unique(disturbed)))


def _disturbed(
    kind: str, trial: Trial, at: int, testing: Dataset, metrics: tuple[MetricColumns, ...], policy: Policy
) -> Float64:
    rows, metric = testing.values[trial.rows], metrics[trial.metric]
    if kind == SHIFT:
        return shifted(rows, metric, (-1) ** at * policy.power_shift_sd * trial.deviation)
    if kind == STUCK:
        return stuck(rows, metric)
    return unrelated(rows, metric, testing.values[_half_away(testing, trial.rows)])
