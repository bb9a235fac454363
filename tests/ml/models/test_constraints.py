"""Where a profile states physics, no margin contradicts it; elsewhere nothing changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expectations.errors import ProfileError
from expectations.features import features_of, risk_of
from expectations.plant.file import load_profile
from ml.data.dataset import Dataset, FeatureList
from ml.gates.leaks import random_column_gain
from ml.models.failure_model import FailureParams, margins, model_bytes, train_failure_model
from tests.support.plant_frames import FEATURES, plant_dataset

PARAMS = FailureParams(rounds=30, max_depth=6, eta=0.3, min_child_weight=1.0, gamma=0.0)
STATED = replace(FEATURES, risk={"heat_mean_6h": 1, "hours_since_repair": -1})


def labelled() -> Dataset:
    rows = plant_dataset()
    return rows.keep(rows.labelled)


def steps(params: FailureParams, column: int) -> np.ndarray:
    """Changes of the margin as a column goes up its whole range, for some rows, the other columns as they are."""
    rows = labelled().values[::200]
    grid = np.nanquantile(labelled().values[:, column], np.linspace(0, 1, 40))
    repeated = np.repeat(rows, len(grid), axis=0)
    repeated[:, column] = np.tile(grid, len(rows))
    found = margins(train_failure_model(labelled(), params), repeated).reshape(len(rows), len(grid))
    return np.diff(found, axis=1)


def test_a_margin_never_goes_against_what_is_stated() -> None:
    bound = replace(PARAMS, constraints=STATED.constraints)

    assert STATED.constraints == (1, 0, -1)
    assert steps(PARAMS, 0).min() < 0 < steps(PARAMS, 2).max()
    assert steps(bound, 0).min() >= 0 < steps(bound, 0).max()
    assert steps(bound, 2).max() <= 0
    assert steps(bound, 1).min() < 0 < steps(bound, 1).max()


def test_a_plant_that_states_nothing_has_the_trees_it_had() -> None:
    free = replace(PARAMS, constraints=(0, 0, 0))

    one, two = (margins(train_failure_model(labelled(), each), labelled().values) for each in (PARAMS, free))

    assert FEATURES.constraints == ()
    assert one.tobytes() == two.tobytes()


def test_boosters_of_other_columns_are_bound_by_name() -> None:
    bound = replace(PARAMS, constraints=STATED.constraints)
    columns = np.array([2, 0], dtype=np.int32)

    turned = bound.of_columns(columns)

    assert (turned.constraints, PARAMS.of_columns(columns)) == ((-1, 1), PARAMS)
    assert model_bytes(train_failure_model(labelled().columns(columns), turned))
    assert 0 <= random_column_gain(labelled(), replace(bound, rounds=5)) < 1


def test_a_profile_states_directions_by_patterns_of_names() -> None:
    profile = load_profile("simulated")
    stated = replace(
        profile.features,
        risk_rises_with=("vibration_mean_*", "age_years"),
        risk_falls_with=("pressure_minimum_24h_bar",),
    )
    names = [each.name for each in features_of(profile)]

    found = risk_of(replace(profile, features=stated))
    listed = FeatureList.of(features_of(profile), found)

    assert risk_of(profile) == {}
    assert {names[place]: sign for place, sign in enumerate(listed.constraints) if sign} == {
        "vibration_mean_3h_mm_s": 1, "vibration_mean_24h_mm_s": 1, "vibration_mean_7d_mm_s": 1, "age_years": 1,
        "pressure_minimum_24h_bar": -1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rising", "falling", "words"),
    [
        (("vibrations_*",), (), r"p\.features: risk_rises_with: 'vibrations_\*' fits no feature; legal: names such as"),
        (("vibration_*",), ("*_mean_24h_mm_s",), r"vibration_mean_24h_mm_s is in risk_rises_with and risk_falls_with"),
    ],
    ids=["no feature", "both ways"],
)
def test_what_fits_nothing_or_contradicts_itself_is_refused(
    rising: tuple[str, ...], falling: tuple[str, ...], words: str
) -> None:
    profile = load_profile("simulated")
    stated = replace(profile.features, risk_rises_with=rising, risk_falls_with=falling)

    with pytest.raises(ProfileError, match=words):
        risk_of(replace(profile, features=stated), "p")
