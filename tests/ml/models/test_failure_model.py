"""The failure model: same rows, same bytes; margins that any engine can be held to."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import xgboost as xgb

from ml.data.dataset import Dataset
from ml.errors import TooLittleDataError
from ml.models.failure_model import (
    FailureParams,
    contributions,
    load_booster,
    margins,
    model_bytes,
    train_failure_model,
)
from tests.support.plant_frames import FEATURES, PARAMS, plant_dataset


def labelled() -> Dataset:
    rows = plant_dataset()
    return rows.keep(rows.labelled)


def test_two_trainings_give_the_same_bytes() -> None:
    one, two = (model_bytes(train_failure_model(labelled(), PARAMS.failure)) for _ in range(2))

    assert one == two


def test_another_seed_gives_other_trees() -> None:
    other = replace(PARAMS.failure, seed=2)

    one = model_bytes(train_failure_model(labelled(), PARAMS.failure))

    assert one != model_bytes(train_failure_model(labelled(), other))


def test_number_of_threads_does_not_change_the_trees() -> None:
    one, two = (
        json.loads(model_bytes(train_failure_model(labelled(), replace(PARAMS.failure, nthread=n)))) for n in (1, 2)
    )

    assert one["learner"]["gradient_booster"] == two["learner"]["gradient_booster"]


def test_defaults_are_the_starting_parameters_of_the_requirements() -> None:
    given = FailureParams()

    assert (given.max_depth, given.eta, given.gamma, given.min_child_weight) == (8, 0.1, 0.1, 10)
    assert (given.subsample, given.colsample_bytree, given.rounds) == (0.8, 0.8, 500)


def test_loaded_booster_gives_the_same_margins_bit_for_bit() -> None:
    rows = labelled()
    booster = train_failure_model(rows, PARAMS.failure)

    again = load_booster(model_bytes(booster))

    assert margins(booster, rows.values).tobytes() == margins(again, rows.values).tobytes()


def test_margins_are_the_log_odds_of_the_boosters_probability() -> None:
    rows = labelled()
    booster = train_failure_model(rows, PARAMS.failure)
    probability = booster.predict(xgb.DMatrix(rows.matrix))

    found = margins(booster, rows.values)

    assert found.dtype == np.float32
    assert np.log(probability / (1 - probability)) == pytest.approx(found, abs=2e-3)


def test_float64_features_are_scored_as_float32() -> None:
    rows = labelled()
    booster = train_failure_model(rows, PARAMS.failure)

    assert np.array_equal(margins(booster, rows.values), margins(booster, rows.matrix))


def test_contributions_rank_the_noise_last() -> None:
    rows = labelled()

    shares = contributions(train_failure_model(rows, PARAMS.failure), rows.values)

    assert int(np.argmin(shares)) == FEATURES.names.index("noise_mean_6h")


def test_one_class_is_refused_with_a_way_on() -> None:
    rows = labelled()

    with pytest.raises(TooLittleDataError, match="readiness"):
        train_failure_model(rows.keep(rows.label == 0), PARAMS.failure)
