"""A booster over residual columns on the device: the bits of training in Python and in the library; no damaged one."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from edge_bundle.compiler.derived_columns import compile_derived
from edge_bundle.compiler.errors import CompileError
from edge_bundle.compiler.xgboost_model import compile_xgboost
from edge_bundle.format import derived_model
from edge_bundle.format.derived_columns import HEADER, Column, DerivedColumns, Fit, pack, parse
from edge_bundle.format.derived_model import DERIVED_KIND, DerivedModel
from edge_bundle.format.errors import ModelBlobError, RowError
from edge_bundle.format.kernel import Scorer, load_kernel
from edge_bundle.format.manifest import ModelEntry
from edge_bundle.format.model_scorers import scorer_of
from edge_bundle.format.reference_kernel import ReferenceKernel
from expectations.model_folder.derived import Derived, DerivedColumn, LevelFit
from ml.models.derived import derived_columns
from ml.models.derived_booster import carry, with_derived
from ml.models.failure_model import margins, model_bytes
from tests.support.edge_models import failure_labels, kernel_folder, sensor_rows

WIDTH = 8
FITS = (LevelFit(0.1, (0.3, -1e-3, 0.7), 0.013, 99), LevelFit(1e3, (0.1, 0.0, -7.7), 3.0, 70))
DERIVED = Derived(
    WIDTH,
    (6, 7),
    (
        DerivedColumn(0, (1, 1, 2), (1, 2, 1), FITS),
        DerivedColumn(3, (2,), (2,), (None, LevelFit(-0.2, (1 / 3,), 1e-12, 60))),
    ),
)
SMALL = DerivedColumns(3, (2,), (Column(0, ((1, 1), (1, 2)), (Fit(1.0, 0.5, (2.0, 3.0)),)),))


def rows_of(seed: int, count: int) -> np.ndarray:
    """Rows of either level, of both and of none, with missing values."""
    rows = sensor_rows(seed, count, WIDTH)
    rows[:, 6:] = np.random.default_rng(seed).integers(0, 2, (count, 2))
    return rows


def awkward() -> np.ndarray:
    rows = rows_of(5, 300)
    for at, value in enumerate([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-40, -0.0, 0.1]):
        rows[at, at % 6] = value
        rows[100 + at] = np.float32(value)
        rows[200 + at, :6], rows[200 + at, 6:] = value, (1, 0)
    return rows


@lru_cache(maxsize=1)
def booster() -> xgb.Booster:
    rows = rows_of(4, 500)
    matrix = xgb.DMatrix(with_derived(DERIVED, rows), label=failure_labels(rows))
    settings = {"objective": "binary:logistic", "max_depth": 5, "nthread": 1, "seed": 1}
    return carry(xgb.train(settings, matrix, num_boost_round=30), DERIVED)


@lru_cache(maxsize=1)
def model() -> DerivedModel:
    data = model_bytes(booster())
    return derived_model.derived_model(compile_derived(data, WIDTH), compile_xgboost(data))


@pytest.fixture(params=["library", "python"])
def kernel(request: pytest.FixtureRequest) -> Scorer:
    return load_kernel(kernel_folder()) if request.param == "library" else ReferenceKernel()


def test_a_row_on_the_device_has_the_columns_of_training_in_every_bit() -> None:
    rows = awkward()

    trained = np.column_stack([rows, derived_columns(DERIVED, rows)]).astype("<f4")

    found = np.array([model().columns.extended(row) for row in rows.astype(np.float64).tolist()]).astype("<f4")
    assert np.array_equal(found, trained, equal_nan=True)
    assert np.isnan(trained[:, WIDTH]).any()
    assert np.isfinite(trained[:, WIDTH:]).all(axis=1).any()
    assert np.nanmax(np.abs(trained[:, WIDTH:])) == 1e6


def test_every_scorer_gives_the_margins_of_training_in_every_bit(kernel: Scorer) -> None:
    rows = awkward()
    rows[np.isinf(rows)] = np.nan  # XGBoost takes no infinite value from an array
    scorer = scorer_of(DERIVED_KIND)

    trained = margins(booster(), rows).astype("<f4").tobytes()

    assert scorer.score_rows(kernel, model(), rows.astype("<f4").tobytes()) == trained
    alone = [scorer.score(kernel, model(), row) for row in rows.astype(np.float64).tolist()]
    assert struct.pack(f"<{len(alone)}f", *alone) == trained
    assert (scorer.column, scorer.code, model().n_features) == ("margin", "f", WIDTH)


def test_one_row_by_hand() -> None:
    found = parse(pack(SMALL))

    assert found == SMALL
    # (18 - (1 + 2·2 + 3·4)) / 0.5
    assert found.extended([18.0, 2.0, 1.0]) == [18.0, 2.0, 1.0, 2.0]
    assert math.isnan(found.extended([18.0, 2.0, 0.0])[3])
    assert math.isnan(found.extended([18.0, math.nan, 1.0])[3])
    assert found.extended([-3e38, 0.0, 1.0])[3] == -1e6
    with pytest.raises(RowError, match="got 2 values; the model takes 3"):
        found.extended([1.0, 2.0])


def changed(**fields: object) -> Callable[[], bytes]:
    return lambda: pack(replace(SMALL, **fields))  # type: ignore[arg-type]  # a test names fields by word


def of_fit(**fields: object) -> Callable[[], bytes]:
    fit = SMALL.columns[0].fits[0]
    assert fit is not None
    column = replace(SMALL.columns[0], fits=(replace(fit, **fields),))  # type: ignore[arg-type]  # as above
    return lambda: pack(replace(SMALL, columns=(column,)))


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (lambda: b"", "0 bytes of residual columns; a header alone has 24"),
        (lambda: b"ASSAYPCA" + pack(SMALL)[8:], "not residual columns of version 1"),
        (lambda: pack(SMALL)[:-1], "they state more"),
        (lambda: pack(SMALL) + b"\0", "1 bytes behind the last residual column"),
        (lambda: HEADER.pack(b"ASSAYDRV", 1, 3, 0, 2**31), "legal are 1 and more"),
        (lambda: HEADER.pack(b"ASSAYDRV", 1, 3, 2**31, 1), "256 levels"),
        (lambda: HEADER.pack(b"ASSAYDRV", 1, 3, 0, 1) + struct.pack("<2I", 0, 2**31), "has 2147483648 predictors"),
        (changed(columns=()), "legal are 1 and more"),
        (changed(levels=(2, 2), columns=(replace(SMALL.columns[0], fits=(None, None)),)), "a level is there twice"),
        (changed(levels=(3,)), "names feature 3 of 3"),
        (changed(columns=(replace(SMALL.columns[0], target=3),)), "names feature 3 of 3"),
        (changed(columns=(replace(SMALL.columns[0], predictors=((1, 1), (9, 1))),)), "names feature 9 of 3"),
        (changed(columns=(replace(SMALL.columns[0], predictors=((1, 1), (1, 3))),)), "legal are 1 and 2"),
        (of_fit(intercept=math.nan), "a coefficient of a residual column is not within 1e\\+12"),
        (of_fit(coefficients=(1.0, -2e12)), "a coefficient of a residual column is not within 1e\\+12"),
        (of_fit(scale=0.0), "the spread of a residual column is 0; legal: 1e-12 to 1e\\+12"),
        (of_fit(scale=math.nan), "the spread of a residual column is nan"),
        (of_fit(intercept=-0.0, scale=0.0, coefficients=(0.0, 0.0)), "the spread of a residual column is 0"),
    ],
)
def test_a_damaged_or_hostile_blob_is_refused(blob: Callable[[], bytes], why: str) -> None:
    with pytest.raises(ModelBlobError, match=why):
        parse(blob())


def test_bytes_at_random_are_refused_or_score() -> None:
    good, rng = bytearray(pack(model().columns)), np.random.default_rng(1)
    row = rows_of(3, 1)[0].tolist()

    refused = 0
    for _ in range(300):
        bad = good.copy()
        bad[int(rng.integers(len(bad)))] = int(rng.integers(256))
        try:
            assert len(parse(bytes(bad)).extended(row)) > WIDTH
        except (ModelBlobError, RowError):
            refused += 1

    assert refused > 20


def test_trees_of_other_rows_are_refused() -> None:
    trees = model().trees

    with pytest.raises(ModelBlobError, match="trees take 10 columns, the row has 3 features and 1 residual columns"):
        derived_model.derived_model(pack(SMALL), trees)


def test_an_entry_and_its_files_agree() -> None:
    header = model().trees.header
    entry = ModelEntry(
        name="failure_24h", kind=DERIVED_KIND, file="a", version="1", library="x", source_sha256="0" * 64,
        n_features=WIDTH, n_trees=header.n_trees, n_nodes=header.n_nodes, max_depth=header.max_depth, horizon_h=24,
        more_files=("b",),
    )  # fmt: skip
    files, load = [model().trees.blob, pack(model().columns)], scorer_of(DERIVED_KIND).load

    loaded = load(entry, files, None)

    assert (loaded.label, loaded.n_features) == (DERIVED_KIND, WIDTH)
    with pytest.raises(ModelBlobError, match="has 1 files; trees over residual columns have two"):
        load(entry, files[:1], None)
    with pytest.raises(ModelBlobError, match="its entry says"):
        load(replace(entry, n_features=WIDTH + 1), files, None)


def explain_by(column: dict[str, Any], count: int) -> None:
    """Let a column have so many predictors."""
    column.update(columns=[0] * count, powers=[1] * count)
    for fit in column["fits"]:
        fit.update(coefficients=[0.0] * count)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda found: found.clear(), "n_features is missing"),
        (lambda found: found.update(n_features=7), "residual columns of rows of 7 features; the folder has 8"),
        (lambda found: found["columns"][0]["fits"].pop(), "a fit that is none, or other than 2 of them"),
        (lambda found: found["columns"][0]["powers"].pop(), "powers .* of 3 predictors"),
        (
            lambda found: found["columns"][0]["fits"][0]["coefficients"].pop(),
            "a fit that is none, or other than 2 of them",
        ),
        (lambda found: found["columns"][0]["fits"][0].update(scale=-1.0), "a fit that is none"),
        (lambda found: found["columns"][0].update(target=-1), "a column of features .* of 8"),
        (lambda found: found["columns"][0].update(target="0"), "target"),
        (lambda found: explain_by(found["columns"][0], 17), "no gateway would take its residual columns"),
    ],
)
def test_a_damaged_model_folder_is_not_compiled(change: Callable[[dict[str, object]], object], why: str) -> None:
    document = json.loads(model_bytes(booster()))
    derived = json.loads(document["learner"]["attributes"]["derived"])
    change(derived)
    document["learner"]["attributes"]["derived"] = json.dumps(derived)

    with pytest.raises(CompileError, match=why):
        compile_derived(json.dumps(document).encode(), WIDTH)


def test_a_booster_that_carries_none_is_not_compiled_as_one() -> None:
    document = json.loads(model_bytes(booster()))
    del document["learner"]["attributes"]["derived"]

    with pytest.raises(CompileError, match="the booster carries no attribute 'derived'"):
        compile_derived(json.dumps(document).encode(), WIDTH)
