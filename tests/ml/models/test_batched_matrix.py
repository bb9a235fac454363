"""A booster learns the same from batches, from files of bins and from one matrix of all rows, bit for bit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from ml.data.dataset import Dataset, Float32
from ml.models import batched_matrix
from ml.models.batched_matrix import ROWS, Batches, batches_of, binned
from ml.models.failure_model import (
    FailureParams,
    best_rounds,
    boosted,
    margins,
    model_bytes,
    train_failure_model,
)
from tests.support.plant_frames import PARAMS, plant_dataset

ROUNDS_WITHOUT_GAIN = 3
FEW = FailureParams(rounds=3, max_depth=4)
Limits = pytest.MonkeyPatch


def labelled() -> Dataset:
    return plant_dataset().keep(plant_dataset().labelled)


def many() -> Batches:
    """More rows than a batch, with more distinct values than a sketch of quantiles keeps, and some missing."""
    rng = np.random.default_rng(5)
    values = rng.normal(size=(2 * ROWS + 100, 3)).astype(np.float32)
    values[rng.random(values.shape) < 0.05] = np.nan
    labels = (np.nan_to_num(values[:, 0]) + rng.normal(size=len(values)) > 2).astype(np.float32)

    def each() -> Iterator[tuple[Float32, Float32]]:
        for start in range(0, len(values), ROWS):
            yield values[start : start + ROWS], labels[start : start + ROWS]

    return Batches(len(values), each)


def as_one(batches: Batches, params: FailureParams) -> bytes:
    """Of one plain matrix of all rows."""
    values, labels = (np.concatenate(part) for part in zip(*batches.each(), strict=True))
    settings = {
        name: getattr(params, name)
        for name in (
            "max_depth",
            "eta",
            "gamma",
            "min_child_weight",
            "subsample",
            "colsample_bytree",
            "seed",
            "nthread",
        )
    }
    settings |= {"objective": "binary:logistic", "tree_method": "hist", "verbosity": 0}
    return model_bytes(xgb.train(settings, xgb.DMatrix(values, label=labels), num_boost_round=params.rounds))


def test_batches_give_the_bytes_of_one_plain_matrix() -> None:
    assert model_bytes(boosted(many(), FEW)) == as_one(many(), FEW)


def test_files_of_bins_give_the_same_bytes_and_are_gone_afterwards(tmp_path: Path, monkeypatch: Limits) -> None:
    in_memory = model_bytes(boosted(many(), FEW))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(batched_matrix, "IN_MEMORY", 0)

    with binned(many(), 1) as matrix:
        assert isinstance(matrix, xgb.ExtMemQuantileDMatrix)
        assert [path.name for path in tmp_path.glob("assay-bins-*/*")] != []
    in_files = model_bytes(boosted(many(), FEW))

    assert in_files == in_memory
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", [100, 999])
def test_the_size_of_a_batch_changes_no_bit(size: int, monkeypatch: Limits) -> None:
    rows = labelled()
    whole = train_failure_model(rows, PARAMS.failure)
    monkeypatch.setattr(batched_matrix, "ROWS", size)

    assert model_bytes(train_failure_model(rows.keep(np.arange(len(rows)) < 2000), FEW)) == as_one(
        batches_of(rows, None, np.arange(2000)), FEW
    )
    assert margins(whole, rows.values[:3000]).tobytes() == margins(whole, rows.values)[:3000].tobytes()


def test_rows_that_are_chosen_are_those_that_were_copied() -> None:
    rows = labelled()
    among = np.asarray(rows.machine_ids != "machine-0")

    booster = train_failure_model(rows, PARAMS.failure, among)

    assert model_bytes(booster) == model_bytes(train_failure_model(rows.keep(among), PARAMS.failure))
    assert margins(booster, rows.values, among).tobytes() == margins(booster, rows.values[among]).tobytes()
    assert margins(booster, rows.values, among & ~among).shape == (0,)


def test_rounds_that_stop_early_are_the_same_by_files_of_bins(monkeypatch: Limits) -> None:
    rows, params = labelled(), replace(PARAMS.failure, rounds=40, patience=ROUNDS_WITHOUT_GAIN, eta=0.3)
    older = np.arange(len(rows)) < 0.7 * len(rows)
    in_memory = best_rounds(rows.keep(older), rows.keep(~older), params)

    monkeypatch.setattr(batched_matrix, "IN_MEMORY", 0)

    assert best_rounds(rows.keep(older), rows.keep(~older), params) == in_memory < params.rounds


def test_what_a_source_of_rows_raises_is_the_error() -> None:
    def each() -> Iterator[tuple[Float32, Float32]]:
        yield next(many().each())
        raise OSError("the second part cannot be read")

    with pytest.raises(OSError, match="the second part"):
        boosted(Batches(2 * ROWS, each), FEW)
