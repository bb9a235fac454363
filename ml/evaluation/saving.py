"""What a challenger saves against the champion, with a lower bound: paired by failure and by call in vain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from expectations.plant.plant_profile import Costs
from ml.data.dataset import Float64
from ml.data.failure_events import Int64
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.paired import Pair
from ml.policy import Policy


@dataclass(frozen=True, slots=True)
class Saving:
    """Money that the challenger's alarms save on the same rows.

    Attributes:
        total: Champion's cost less the challenger's.
        bound: Its one-sided lower bound.
        champion_calls: Calls in vain of the champion alone.
        challenger_calls: Of the challenger alone.
    """

    total: float
    bound: float
    champion_calls: int
    challenger_calls: int


def paired_saving(pair: Pair, policy: Policy, rng: np.random.Generator) -> Saving:
    """The saving with its lower bound at the policy's confidence.

    Failures are resampled in pairs: one that both catch or both miss saves nothing. A call in vain that both models
    make within a horizon of each other counts for neither; of the others each could have come never, once, or more
    often, so their numbers are Poisson's.

    Source: percentile bootstrap of paired differences (Efron & Tibshirani 1993); Poisson bootstrap (Hanley & MacGibbon
    2006) of the calls.
    """
    costs, rounds = policy.costs, policy.bootstrap_rounds
    old, new = pair.champion, pair.challenger
    total = old.cost(costs) - new.cost(costs)
    alone = old_calls, new_calls = _calls_alone(old, new, policy.horizon_us)
    found = np.full(rounds, total)
    failures = _failure_savings(pair, costs)
    if len(failures):
        picks = rng.integers(0, len(failures), size=(rounds, len(failures)))
        found += failures[picks].sum(axis=1) - failures.sum()
    for sign, calls in zip((1.0, -1.0), alone, strict=True):
        for machine_model, count in sorted(_by_model(calls, old).items()):
            price = costs.of_model(machine_model or None).false_alarm
            found += sign * price * (rng.poisson(count, rounds) - count)
    bound = float(np.quantile(found, 1 - policy.bootstrap_confidence))
    return Saving(total, bound, sum(old_calls.values()), sum(new_calls.values()))


def unpaired(old_us: Int64, new_us: Int64, within_us: int) -> tuple[int, int]:
    """How many of each are left when those that lie within this of each other are paired, each once; times ascending.

    >>> unpaired(np.array([0, 10, 50]), np.array([12, 14, 90]), 5)
    (2, 2)
    """
    one, other, pairs = 0, 0, 0
    while one < len(old_us) and other < len(new_us):
        if abs(int(old_us[one]) - int(new_us[other])) <= within_us:
            one, other, pairs = one + 1, other + 1, pairs + 1
        elif old_us[one] < new_us[other]:
            one += 1
        else:
            other += 1
    return len(old_us) - pairs, len(new_us) - pairs


def _failure_savings(pair: Pair, costs: Costs) -> Float64:
    """What each failure saves: its price less a repair where the challenger alone catches it, the negative else."""
    old, new = pair.champion, pair.challenger
    prices = [costs.of_model(old.models.get(machine_id)) for machine_id in old.failures.machine_ids.tolist()]
    each = np.array([price.missed_failure - price.planned_repair for price in prices])
    return np.asarray(each * (new.caught.astype(np.float64) - old.caught), dtype=np.float64)


def _calls_alone(old: EventOutcome, new: EventOutcome, within_us: int) -> tuple[dict[str, int], dict[str, int]]:
    """Calls in vain that one of both makes alone, by machine."""
    none = np.zeros(0, dtype=np.int64)
    alone: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for machine_id in sorted({*old.alarms, *new.alarms}):
        old_us, new_us = (each.alarms[machine_id].vain_us if machine_id in each.alarms else none for each in (old, new))
        for found, count in zip(alone, unpaired(old_us, new_us, within_us), strict=True):
            found[machine_id] = count
    return alone


def _by_model(calls: dict[str, int], outcome: EventOutcome) -> Counter[str]:
    """Calls by the machine's model, which prices them; those of machines without one together."""
    found = Counter[str]()
    for machine_id, count in calls.items():
        found[outcome.models.get(machine_id, "")] += count
    return found
