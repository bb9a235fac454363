"""Boosters that are trained at once are those that are trained one after another."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from ml.errors import TooLittleDataError
from ml.models.failure_model import FailureParams, model_bytes, train_failure_model
from ml.models.side_by_side import MOST_BYTES, each
from tests.support.plant_frames import PARAMS, plant_dataset


def test_boosters_trained_at_once_have_the_bytes_that_each_has_alone() -> None:
    rows = plant_dataset().keep(plant_dataset().labelled)

    def made(params: FailureParams) -> bytes:
        return model_bytes(train_failure_model(rows, params))

    several = [replace(PARAMS.failure, seed=seed) for seed in range(6)]

    assert list(each(made, several, rows)) == [made(params) for params in several]


def test_many_rows_are_learnt_from_one_after_another() -> None:
    many = replace(plant_dataset(), values=np.broadcast_to(np.zeros(1), (MOST_BYTES // 4, 1)))

    assert set(each(lambda _: threading.get_ident(), range(8), many)) == {threading.get_ident()}


def test_what_fails_in_one_of_them_is_the_error() -> None:
    rows = plant_dataset().keep(plant_dataset().label == 0)

    with pytest.raises(TooLittleDataError, match="0 positives"):
        list(each(lambda params: train_failure_model(rows, params), [PARAMS.failure] * 3, rows))
