"""The Azure slice: real data through the whole training, with the figures that it gave when it was chosen."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from expectations.plant.file import load_profile
from ml.data.dataset import build_dataset
from ml.evaluation.held_out import episode_evaluator
from ml.gates.anomaly_gate import budget_check
from ml.gates.failure_gate import Verdict
from ml.models.failure_model import FailureParams
from ml.models.forest import path_lengths
from ml.policy import Policy
from ml.training.artifact import artifact_files
from ml.training.train import TrainedModel, TrainingParams, train
from tests.support.azure_frames import azure_frames, need_azure


@lru_cache(maxsize=1)
def azure_model() -> TrainedModel:
    frames, features = azure_frames()
    policy = replace(Policy.of(load_profile("azure_pdm")), machine_folds=0)
    return train(frames, features, policy, TrainingParams(FailureParams(rounds=150)))


def test_a_rule_of_any_error_does_better_than_a_model_on_22_failures_and_the_gate_says_so() -> None:
    need_azure()

    gate, failure = azure_model().gate, azure_model().failure

    assert gate is not None
    assert failure is not None
    (failed,) = (check for check in gate.checks if check.verdict not in (Verdict.PASS, Verdict.WARN))
    assert failed.name == "cost_against_best_plain_rule"
    assert {"since_error_*_h", "error_*_24h_count"} == {rule.name for rule in failure.rules[:2]}
    assert [rule.cost for rule in failure.rules[:2]] == [131_000.0, 134_500.0]
    assert (failed.limit, failed.value) == (131_000.0, failure.evaluation.outcome.cost(azure_model().policy.costs))
    assert "plain rule since_error_*_h <= 14" in failed.text
    assert azure_model().readiness.failure_model is Verdict.WARN


def test_model_is_cheaper_than_having_none() -> None:
    need_azure()
    failure = azure_model().failure
    assert failure is not None
    evaluation = failure.evaluation

    cost = evaluation.outcome.cost(azure_model().policy.costs)

    assert len(evaluation.outcome.caught) >= 20
    assert cost < 0.6 * evaluation.never_cost
    assert cost < 0.4 * evaluation.always_cost


def test_forest_keeps_its_budget_on_healthy_rows_that_chose_nothing() -> None:
    need_azure()
    anomaly = azure_model().anomaly

    assert anomaly is not None
    assert anomaly.healthy_rule == (
        "more than 7 d from any failure or maintenance; rows with windows missing that are usually there are left out"
    )
    assert anomaly.tested_rows > 1_500
    assert anomaly.tested.calls_per_machine_year <= 12


def test_a_threshold_without_any_budget_does_not_pass_on_those_rows() -> None:
    need_azure()
    frames, features = azure_frames()
    policy = replace(Policy.of(load_profile("azure_pdm")), machine_folds=0)
    dataset = build_dataset(frames, features, policy)
    anomaly = azure_model().anomaly
    assert anomaly is not None

    rows = dataset.keep(dataset.scored_us >= anomaly.tested_from_us)
    lengths = path_lengths(anomaly.forest, rows.matrix)
    loose = episode_evaluator(rows, policy).evaluate(lengths < np.quantile(lengths, 0.05))

    check = budget_check("alarms", loose, policy)
    assert check.verdict is Verdict.FAIL


def test_model_folder_fits_into_a_bundle() -> None:
    need_azure()

    size = sum(len(content) for content in artifact_files(azure_model()).values())

    assert size < 2_300_000
