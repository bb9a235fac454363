"""The saving of a challenger and its lower bound: paired by failure and by call in vain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expectations.plant.plant_profile import Costs
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.paired import Pair
from ml.evaluation.saving import Saving, paired_saving
from ml.policy import Policy
from tests.support.event_outcomes import outcome
from tests.support.plant_frames import plant_dataset

POLICY = Policy(bootstrap_confidence=0.95, bootstrap_rounds=20_000)


def saving(champion: EventOutcome, challenger: EventOutcome, policy: Policy = POLICY) -> Saving:
    return paired_saving(Pair(champion, challenger), policy, np.random.default_rng(0))


def test_identical_outcomes_save_nothing_for_certain() -> None:
    assert saving(outcome(40, 10, 30), outcome(40, 10, 30)) == Saving(0.0, 0.0, 0, 0)


def test_bound_agrees_with_the_normal_approximation() -> None:
    """20 of 200 failures gained: a deviation of sqrt(200 x 0.1 x 0.9), 1.645 of them below the mean."""
    found = saving(outcome(160, 40, 0), outcome(180, 20, 0))

    assert found.total == 20 * 12_000
    assert found.bound == pytest.approx(12_000 * (20 - 1.645 * np.sqrt(200 * 0.09)), rel=0.02)


def test_calls_in_vain_of_one_model_alone_are_as_unsure_as_a_poisson_count() -> None:
    found = saving(outcome(40, 10, 400), outcome(40, 10, 300))

    assert (found.champion_calls, found.challenger_calls) == (100, 0)
    assert found.bound == pytest.approx(500 * (100 - 1.645 * np.sqrt(100)), rel=0.02)


def test_pairing_is_tighter_than_two_independent_models() -> None:
    """The same numbers, where no failure and no call of one model is the other's."""
    one, other = outcome(40, 10, 300), outcome(40, 10, 200)
    apart = replace(other, caught=other.caught[::-1], alarms={"machine-1": other.alarms["machine-0"]})

    assert saving(one, other).total == saving(one, apart).total
    assert saving(one, other).bound > saving(one, apart).bound


def test_each_machine_has_the_prices_of_its_model() -> None:
    """One failure gained on a machine whose failures cost $9,000 instead of $15,000, one call of it in vain saved."""
    costs = replace(Costs(), overrides=(("old", Costs(missed_failure=9_000.0, false_alarm=200.0)),))
    old, new = (replace(each, models={"machine-0": "old"}) for each in (outcome(0, 1, 3), outcome(1, 0, 2)))

    assert saving(old, new, replace(POLICY, costs=costs)).total == 6_000 + 200


def test_no_failure_and_no_call_save_nothing() -> None:
    assert saving(outcome(0, 0, 0), outcome(0, 0, 0)) == Saving(0.0, 0.0, 0, 0)


def test_calls_in_vain_have_their_times() -> None:
    """The evaluator's times are as many as its count, and lie on rows that were flagged."""
    dataset = plant_dataset()
    flags = np.random.default_rng(3).random(len(dataset)) < 0.01

    found = EpisodeEvaluator(dataset, Policy()).evaluate(flags)

    assert sum(len(each.vain_us) for each in found.alarms.values()) == found.counts.vain_calls > 0
    for machine_id, each in found.alarms.items():
        times = each.vain_us
        assert np.isin(times, dataset.scored_us[flags & (dataset.machine_ids == machine_id)]).all()
        assert (np.diff(times) > 0).all()
