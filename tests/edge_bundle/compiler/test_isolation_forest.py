from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import IsolationForest

from edge_bundle.compiler.errors import CompileError, ModelFileError, UnsupportedModelError
from edge_bundle.compiler.isolation_forest import compile_isolation_forest, least_float32_above
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.reference_kernel import ReferenceKernel
from ml.models.forest import export_forest, forest_bytes
from tests.support.edge_models import (
    Rows,
    awkward_rows,
    forest_npz,
    kernel_folder,
    native_depths,
    sensor_rows,
    train_forest,
)

ROWS = sensor_rows(21, 2000, 9)
FULL_ROWS = sensor_rows(22, 2000, 9, missing=0.0)


def thresholds(forest: IsolationForest) -> Rows:
    trees = [estimator.tree_ for estimator in forest.estimators_]
    return np.concatenate([tree.threshold[tree.children_left >= 0] for tree in trees]).astype(np.float32)


@pytest.mark.parametrize("rows", [ROWS, FULL_ROWS], ids=["fitted_with_missing", "fitted_without_missing"])
@pytest.mark.parametrize(
    "params", [{}, {"max_features": 0.5}, {"max_samples": 1000}, {"contamination": 0.02}, {"trees": 7}], ids=str
)
def test_path_length_sums_equal_scikit_learn_in_every_bit(rows: Rows, params: dict[str, Any]) -> None:
    forest = train_forest(rows, **params)
    model = compile_isolation_forest(forest_npz(forest), rows.shape[1])
    awkward = awkward_rows(ROWS, thresholds(forest))
    expected = native_depths(forest, awkward)

    by_library = np.frombuffer(load_kernel(kernel_folder()).depths(model, awkward.tobytes()), "<f8")
    by_python = np.frombuffer(ReferenceKernel().depths(model, awkward[-300:].tobytes()), "<f8")

    assert np.array_equal(by_library.view("<u8"), expected.view("<u8"))
    assert np.array_equal(by_python.view("<u8"), expected[-300:].view("<u8"))


def test_scores_and_decisions_made_from_path_lengths_are_those_of_scikit_learn() -> None:
    forest = train_forest(ROWS, contamination=0.05)
    header = compile_isolation_forest(forest_npz(forest), 9).header
    model = compile_isolation_forest(forest_npz(forest), 9)

    depths = np.frombuffer(load_kernel(kernel_folder()).depths(model, ROWS.tobytes()), "<f8")
    scores = -(2.0 ** (-depths / header.denominator))

    assert np.array_equal(scores, forest.score_samples(ROWS))
    assert np.array_equal(scores - header.offset, forest.decision_function(ROWS))


def test_a_forest_of_some_columns_reads_them_in_wider_rows() -> None:
    forest = train_forest(ROWS[:, :4])
    arrays = unpacked(forest_npz(forest))
    places = np.array([8, 2, 5, 0], dtype=np.int32)
    arrays["estimators_features"] = places[arrays["estimators_features"]]
    model = compile_isolation_forest(packed(arrays), 9)
    wide = np.full_like(ROWS, np.nan)
    wide[:, places] = ROWS[:, :4]

    assert load_kernel(kernel_folder()).depths(model, wide.tobytes()) == native_depths(forest, ROWS[:, :4]).tobytes()


def test_the_exporter_of_the_models_room_writes_the_same_arrays() -> None:
    forest = train_forest(ROWS, max_features=0.5)
    theirs = unpacked(forest_bytes(export_forest(forest, np.arange(9, dtype=np.int32))))
    ours = unpacked(forest_npz(forest))

    assert {name: (value.dtype, value.tolist()) for name, value in theirs.items()} == {
        name: (value.dtype, value.tolist()) for name, value in ours.items()
    }


@given(threshold=st.floats(-1e38, 1e38), ulps=st.integers(-2, 2))
def test_less_than_the_next_float32_is_at_most_the_float64_threshold(threshold: float, ulps: int) -> None:
    above = least_float32_above(np.array([threshold]))[0]
    value = np.float32(threshold)
    for _ in range(abs(ulps)):
        value = np.nextafter(value, np.float32(np.inf if ulps > 0 else -np.inf))

    assert (value < above) == (np.float64(value) <= threshold)


def unpacked(data: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(data)) as archive:
        return dict(archive)


def packed(arrays: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


SMALL = unpacked(forest_npz(train_forest(ROWS, trees=2, max_samples=32)))


def with_value(name: str, place: int, value: float) -> dict[str, Any]:
    column = SMALL[name].copy()
    column[place] = value
    return {name: column}


@pytest.mark.parametrize(
    "change",
    [
        {"offset": np.float32(0.0)},
        {"threshold": SMALL["threshold"].astype(np.float32)},
        {"feature": SMALL["feature"][:-1]},
        {"tree_offsets": SMALL["tree_offsets"][:-1]},
        {"tree_offsets": np.array([0], dtype=np.int64)},
        {"tree_offsets": SMALL["tree_offsets"][::-1].copy()},
        {"estimators_features": SMALL["estimators_features"][:1]},
        {"estimators_features": SMALL["estimators_features"] + 9},
        {"estimators_features": SMALL["estimators_features"][0]},
        {"surprise": np.zeros(1)},
        {"denominator": np.float64(0.0)},
        {"denominator": np.float64("nan")},
        with_value("children_left", 0, 10_000),
        with_value("children_left", 0, 0),
        with_value("children_right", 0, -1),
        with_value("feature", 0, 9),
        with_value("feature", 0, -2),
        with_value("threshold", 0, np.inf),
        with_value("threshold", 0, 1e300),
        with_value("threshold", 0, np.nan),
    ],
    ids=lambda change: f"{next(iter(change))}",
)
def test_arrays_that_contradict_each_other_are_refused(change: dict[str, Any]) -> None:
    assert compile_isolation_forest(packed(SMALL), 9).header.n_trees == 2
    with pytest.raises(CompileError):
        compile_isolation_forest(packed({**SMALL, **change}), 9)


def test_a_missing_array_is_named() -> None:
    arrays = {name: value for name, value in SMALL.items() if name != "offset"}

    with pytest.raises(ModelFileError, match="'offset'"):
        compile_isolation_forest(packed(arrays), 9)


def test_an_array_of_objects_is_refused_and_never_unpickled() -> None:
    objects = np.array([print], dtype=object)

    with pytest.raises(ModelFileError, match="plain arrays"):
        compile_isolation_forest(packed({**SMALL, "offset": objects}), 9)


@pytest.mark.parametrize("data", [b"", b"PK", b"garbage" * 9, packed(SMALL)[:-30], packed(SMALL)[:200]])
def test_a_file_that_is_no_npz_is_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError):
        compile_isolation_forest(data, 9)


def test_more_features_than_the_kernel_has_room_for_are_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="1025 features"):
        compile_isolation_forest(packed(SMALL), 1025)
