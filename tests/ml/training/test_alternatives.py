"""A training that tries alternatives: the cheapest is what is trained, tested and written, and the card shows all."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count

import pytest

from ml.candidates.failure_result import FailureResult
from ml.models.booster_alternatives import ALTERNATIVES, in_words, options
from ml.training.artifact import artifact_files
from ml.training.train import TrainedModel, train
from report.model_card.card import CardIdentity, make_card, render_card
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames

FEW = replace(POLICY, calibration_folds=2)


def trained_with(alternatives: int, stop_at: int | None = None) -> TrainedModel:
    """A training that is asked to stop trying at the question of that number."""
    params = replace(PARAMS, failure=replace(PARAMS.failure, rounds=20, max_depth=5, alternatives=alternatives))
    asked = count(1)
    return train(plant_frames(), FEATURES, FEW, params, is_over=lambda: next(asked) == stop_at)


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    return trained_with(1)


def failure_of(model: TrainedModel) -> FailureResult:
    assert model.failure is not None
    return model.failure


def test_a_search_that_ended_early_is_the_training_of_what_it_tried(trained: TrainedModel) -> None:
    pasts = len(failure_of(trained).evaluation.choices) + 1

    searched = trained_with(len(ALTERNATIVES), stop_at=pasts + 1)

    assert searched.params == trained.params
    assert artifact_files(searched) == artifact_files(trained)


def test_what_is_taken_is_the_cheapest_and_is_what_was_trained(trained: TrainedModel) -> None:
    failure = failure_of(trained)
    asked = json.loads(artifact_files(trained)["training.json"])["params"]["failure"]

    assert [one.params for one in failure.tried] == list(options(trained.params.failure))
    assert asked["alternatives"] == 1
    taken = next(one for one in failure.tried if one.params == failure.params)
    assert taken.cost == min(one.cost for one in failure.tried if one.cost is not None)
    assert failure.booster.num_boosted_rounds() == failure.params.rounds
    assert failure.choice.curve is not None
    assert failure.choice.curve.best.cost == taken.cost


def test_metrics_and_card_say_what_each_cost_and_which_blocks_chose_it(trained: TrainedModel) -> None:
    summary = json.loads(artifact_files(trained)["metrics.json"])["summary"]["failure"]
    html = render_card(make_card(trained, CardIdentity("test_plant", "0123456789abcdef", {}, "r1")))

    assert [each["words"] for each in summary["boosters"]] == [
        in_words(one.params) for one in failure_of(trained).tried
    ]
    assert sum(each["blocks"] for each in summary["boosters"]) == summary["origins"]
    assert sum(each["is_chosen"] for each in summary["boosters"]) == 1
    assert html.count("<td>taken</td>") + html.count(">taken</td>") >= 1
    assert all(f"{each['words']}" in html for each in summary["boosters"])


def test_where_the_data_carry_no_failure_model_nothing_was_tried() -> None:
    params = replace(PARAMS, failure=replace(PARAMS.failure, alternatives=3))

    model = train(plant_frames(failing=False), FEATURES, FEW, params)

    assert model.failure is None
    assert model.params.failure.alternatives == 0


def test_a_training_without_alternatives_says_nothing_of_them() -> None:
    model = trained_with(0)

    assert failure_of(model).tried == ()
    assert failure_of(model).params == options(model.params.failure)[0]
    assert "Parameters that were tried" not in render_card(
        make_card(model, CardIdentity("test_plant", "0123456789abcdef", {}, "r1"))
    )
