"""The champion reads columns by name: a new feature anywhere leaves its alarms as they are."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from edge_bundle.compiler.model_folder import read_model_folder
from ml.data.dataset import Dataset
from ml.errors import FrameError
from ml.models.champion import Champion, by_name
from ml.training.artifact import artifact_files
from ml.training.stored_champion import load_champion
from tests.support.plant_frames import FEATURES, plant_dataset, plant_model

OWN = FEATURES.names


@lru_cache(maxsize=1)
def champion() -> Champion:
    return load_champion("v1", read_model_folder(artifact_files(plant_model())))


def widened(place: int) -> tuple[Dataset, tuple[str, ...]]:
    """The plant with one more feature at ``place``."""
    dataset = plant_dataset()
    new = np.linspace(-1e3, 1e3, len(dataset))
    names = (*OWN[:place], "pressure_mean_6h", *OWN[place:])
    return replace(dataset, values=np.insert(dataset.values, place, new, axis=1)), names


@pytest.mark.parametrize("place", [0, 1, 3], ids=["first", "between", "last"])
def test_a_new_feature_leaves_the_champions_alarms_as_they_are(place: int) -> None:
    before, (after, names) = plant_dataset(), widened(place)
    failure, anomaly = champion().failure, champion().anomaly
    assert failure is not None
    assert anomaly is not None

    for model in (failure, anomaly):
        expected = model.flags(before, OWN)
        assert 0 < expected.sum() < len(expected)
        assert np.array_equal(model.flags(after, names), expected)


def test_columns_in_another_order_leave_them_too() -> None:
    dataset = plant_dataset()
    back = replace(dataset, values=dataset.values[:, ::-1])
    failure, anomaly = champion().failure, champion().anomaly
    assert failure is not None
    assert anomaly is not None

    for model in (failure, anomaly):
        assert np.array_equal(model.flags(back, OWN[::-1]), model.flags(dataset, OWN))


def test_a_feature_that_is_gone_is_named() -> None:
    dataset = plant_dataset()

    with pytest.raises(FrameError, match="lack the features \\['heat_mean_6h'\\]"):
        by_name(replace(dataset, values=dataset.values[:, 1:]), OWN[1:], OWN)


def test_champion_knows_its_kinds_horizon_and_the_last_row_it_saw() -> None:
    found = champion()

    assert (found.kinds, found.horizon, found.features) == (("failure", "anomaly"), "24h", OWN)
    assert found.seen_until_us == plant_dataset().scored_us.max()
