"""A plain rule knows what the model of its block knew, and its limit is the cheapest by alarms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.plain_rules import cheapest_limit, plain_rules
from ml.evaluation.splits import rolling_origins
from ml.gates.failure_gate import Verdict
from ml.training.train import train
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_dataset, plant_frames

EMBARGO_US = POLICY.embargo_us(FEATURES.longest_window_s)


def test_the_figure_that_tells_of_failures_is_the_best_rule_and_noise_costs_like_no_alarm() -> None:
    dataset = plant_dataset()
    origins = rolling_origins(dataset, POLICY, EMBARGO_US)

    rules = plain_rules(dataset, FEATURES.names, origins, replace(POLICY, plain_rules=3))

    assert rules[0].name == "heat_mean_6h"
    assert rules[0].is_above
    assert rules[0].outcome.recall.hits / rules[0].outcome.recall.total > 0.8
    assert [rule.cost for rule in rules] == sorted(rule.cost for rule in rules)
    assert rules[-1].cost > 2 * rules[0].cost
    assert len(rules[0].limits) == len(origins)


def test_a_limit_is_chosen_before_its_block_and_tested_on_all_of_it() -> None:
    dataset = plant_dataset()
    origins = rolling_origins(dataset, POLICY, EMBARGO_US)
    later = dataset.scored_us > origins[0].train_until_us
    values = dataset.values.copy()
    values[later] = 0.0

    (rule, *_) = plain_rules(dataset, FEATURES.names, origins, replace(POLICY, plain_rules=1))
    (blind,) = plain_rules(replace(dataset, values=values), FEATURES.names, origins, replace(POLICY, plain_rules=1))

    assert (rule.name, rule.limits[0]) == (blind.name, blind.limits[0])
    assert len(rule.outcome.caught) == len(blind.outcome.caught)
    assert blind.limits != rule.limits


def test_the_cheapest_limit_is_that_of_the_hand_worked_case() -> None:
    """A value of 9 in the 10 h before each failure, of 5 in 512 hours of quiet, else 0: 9 catches all for nothing."""
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)
    ahead = np.full(len(rows), np.inf)
    for machine_id in np.unique(rows.machine_ids).tolist():
        mine = rows.machine_ids == machine_id
        times = np.append(rows.failures.of_machine(machine_id), np.iinfo(np.int64).max)
        ahead[mine] = (times[np.searchsorted(times, rows.scored_us[mine], side="right")] - rows.scored_us[mine]) / 3.6e9
    values = np.where(ahead <= 10, 9.0, 0.0)
    values[np.flatnonzero(ahead > 100)[::4][:512]] = 5.0

    limit = cheapest_limit(values, EpisodeEvaluator(rows, POLICY), POLICY)

    assert limit == pytest.approx(9.0)


def test_missing_values_alarm_nobody() -> None:
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)

    assert cheapest_limit(np.full(len(rows), np.nan), EpisodeEvaluator(rows, POLICY), POLICY) == np.inf


def test_a_plant_for_which_a_limit_does_as_well_gets_no_champion_and_the_reason() -> None:
    policy = replace(POLICY, plain_rules=3)

    model = train(plant_frames(), FEATURES, policy, PARAMS)

    assert model.failure is not None
    assert model.gate is not None
    (check,) = (each for each in model.gate.checks if each.name == "cost_against_best_plain_rule")
    assert check.value == model.failure.evaluation.outcome.cost(POLICY.costs)
    assert check.limit == model.failure.rules[0].cost <= check.value
    assert (check.verdict, model.gate.is_promoted) == (Verdict.FAIL, False)
    assert "set that limit in the profile" in check.text
