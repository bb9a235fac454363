"""A plain rule knows what the model of its block knew, and its limit is the cheapest by alarms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expectations.features import features_of
from expectations.plant.file import load_profile
from ml.data.dataset import Dataset, FeatureList
from ml.data.failure_events import next_failure_us
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.plain_rules import cheapest_point, plain_rules
from ml.evaluation.rule_figures import event_figures
from ml.evaluation.splits import rolling_origins
from ml.gates.failure_gate import Verdict
from ml.training.train import train
from tests.support.plant_frames import FEATURES, HOUR_US, PARAMS, POLICY, plant_dataset, plant_frames

EMBARGO_US = POLICY.embargo_us(FEATURES.longest_window_s)


def test_the_figure_that_tells_of_failures_is_the_best_rule_and_noise_costs_like_no_alarm() -> None:
    dataset = plant_dataset()
    origins = rolling_origins(dataset, POLICY, EMBARGO_US)

    rules = plain_rules(dataset, FEATURES, origins, replace(POLICY, plain_rules=3))

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

    (rule, *_) = plain_rules(dataset, FEATURES, origins, replace(POLICY, plain_rules=1))
    (blind,) = plain_rules(replace(dataset, values=values), FEATURES, origins, replace(POLICY, plain_rules=1))

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

    limit = cheapest_point(values, EpisodeEvaluator(rows, POLICY), POLICY).threshold

    assert limit == pytest.approx(9.0)


def test_missing_values_alarm_nobody() -> None:
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)

    assert cheapest_point(np.full(len(rows), np.nan), EpisodeEvaluator(rows, POLICY), POLICY).threshold == np.inf


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


def eventful() -> tuple[Dataset, FeatureList]:
    """The plant with errors: of code a or b in the 10 h before a failure, by turns, and of code b now and then."""
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)
    following = next_failure_us(rows.failures, rows.machine_ids, rows.scored_us)
    is_near, turn = following - rows.scored_us <= 10 * HOUR_US, (following // HOUR_US) % 2
    counts = np.column_stack([(is_near & (turn == code)).astype(float) for code in (0, 1)])
    counts[np.arange(len(rows)) % 400 == 7, 1] = 1.0
    names = ("error_a_24h_count", "error_b_24h_count")
    features = FeatureList(names, frozenset(), 24 * 3600, events=dict.fromkeys(names, "error_*_24h_count"))
    return replace(rows, values=counts), features


def test_any_event_of_all_codes_is_a_rule_and_beats_each_code_alone() -> None:
    rows, features = eventful()
    origins = rolling_origins(rows, POLICY, EMBARGO_US)

    rules = plain_rules(rows, features, origins, replace(POLICY, plain_rules=8))

    assert rules[0].name == "error_*_24h_count"
    assert rules[0].words == "error_*_24h_count >= 1"
    assert set(rules[0].limits) == {1.0}
    assert rules[0].outcome.recall.hits == rules[0].outcome.recall.total > 10
    assert {rule.name for rule in rules} == {"error_*_24h_count", *features.names}


def test_which_events_are_tried_is_chosen_before_the_first_block_alone() -> None:
    rows, features = eventful()
    origins = rolling_origins(rows, POLICY, EMBARGO_US)
    later = rows.scored_us > origins[0].train_until_us
    silent = replace(rows, values=np.where(later[:, None], 0.0, rows.values))

    names = [
        {rule.name for rule in plain_rules(each, features, origins, replace(POLICY, plain_rules=2))}
        for each in (rows, silent)
    ]

    assert names[0] == names[1]
    assert "error_*_24h_count" in names[0]


def test_hours_since_any_event_alarm_where_they_are_few() -> None:
    rows, _ = eventful()
    names = ("since_error_a_h", "since_error_b_h")
    hours = np.where(rows.values > 0, 1.0, np.where(np.arange(len(rows))[:, None] % 3 == 0, np.nan, 90.0))
    features = FeatureList(names, frozenset(), 3600, events=dict.fromkeys(names, "since_error_*_h"))
    origins = rolling_origins(rows, POLICY, EMBARGO_US)

    rules = plain_rules(replace(rows, values=hours), features, origins, replace(POLICY, plain_rules=4))

    assert rules[0].words == "since_error_*_h <= 1"


def test_features_of_events_say_what_all_codes_are_called() -> None:
    features = FeatureList.of(features_of(load_profile("azure_pdm")))

    assert features.events["error_error3_7d_count"] == "error_*_7d_count"
    assert features.events["since_maintenance_comp2_h"] == "since_maintenance_*_h"
    assert features.events["failure_7d_count"] == "failure_7d_count"
    assert set(features.events) & features.telemetry == set()
    figures = {each.name: len(each.columns) for each in event_figures(features.names, features.events)}
    assert figures["error_*_24h_count"] == figures["since_error_*_h"] == 5
    assert figures["failure_7d_count"] == figures["error_error1_24h_count"] == 1
