"""Threshold by cost: a worked case of 12 failures, and the rules beside it."""

from __future__ import annotations

import numpy as np
import pytest

from expectations.plant.plant_profile import Costs
from ml.errors import TooLittleDataError
from ml.evaluation.held_out import episode_evaluator
from ml.evaluation.threshold import CostPoint, candidates, cheapest, cost_point, formula_probability
from tests.support.plant_frames import POLICY, plant_dataset, plant_model


def reference_curve() -> list[CostPoint]:
    """12 failures at four thresholds: missed failures and false alarms, priced by the default costs."""
    table = ((0.70, 0, 80), (0.80, 0.6, 35), (0.85, 1, 18), (0.90, 2, 8))
    return [cost_point(at, 12 - missed, missed, alarms, Costs()) for at, missed, alarms in table]


def test_reference_case_costs_what_its_own_prices_give() -> None:
    assert [point.cost for point in reference_curve()] == [76_000, 60_700, 57_000, 64_000]


def test_reference_case_is_cheapest_at_085_and_saves_68_percent() -> None:
    best = cheapest(reference_curve())

    assert best.threshold == 0.85
    assert 1 - best.cost / (12 * Costs().missed_failure) == pytest.approx(0.683, abs=0.001)


def test_middle_of_the_longest_plateau_is_chosen() -> None:
    costs = [5, 3, 4, 3, 3, 3, 9]
    points = [CostPoint(at, 0, 0, 0, cost) for at, cost in enumerate(costs)]

    assert cheapest(points).threshold == 4


def test_empty_curve_is_refused() -> None:
    with pytest.raises(TooLittleDataError):
        cheapest([])


def test_formula_is_the_probability_at_which_both_acts_cost_the_same() -> None:
    costs = Costs(missed_failure=10_000, planned_repair=2_000, false_alarm=700)
    p = formula_probability(costs, prevented=0.5)

    gain = p * (0.5 * costs.missed_failure - costs.planned_repair)

    assert gain == pytest.approx((1 - p) * costs.false_alarm)


def test_candidates_are_margins_that_occurred_and_hold_both_ends() -> None:
    margins = np.random.default_rng(4).normal(size=5_000).astype(np.float32)

    found = candidates(margins)

    assert np.isin(found, margins).all()
    assert (found[0], found[-1]) == (margins.min(), margins.max())


def test_curve_point_counts_what_the_judge_counts_at_that_margin() -> None:
    failure = plant_model().failure
    assert failure is not None
    evaluation = failure.evaluation
    best = evaluation.curve.best

    flags = evaluation.held_out.margins >= best.threshold
    outcome = episode_evaluator(evaluation.held_out.rows, POLICY).evaluate(flags)

    assert (best.caught, best.false_alarms) == (outcome.recall.hits, outcome.false_episodes)


def test_never_alarming_costs_every_failure_and_always_alarming_a_call_a_day() -> None:
    failure = plant_model().failure
    assert failure is not None
    tested = len(failure.evaluation.outcome.caught)

    assert failure.evaluation.never_cost == tested * 15_000
    assert failure.evaluation.always_cost > failure.evaluation.outcome.cost(POLICY.costs)
    assert tested <= len(plant_dataset().failures)
