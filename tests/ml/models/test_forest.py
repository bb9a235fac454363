"""The exported forest: bit-equal to scikit-learn, also on missing values and on thresholds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from ml.data.dataset import Float32
from ml.errors import ArtifactError
from ml.models.fixed_zip import npz_arrays, npz_bytes
from ml.models.forest import (
    Forest,
    average_path_length,
    export_forest,
    forest_bytes,
    load_forest,
    path_lengths,
    scores,
)


def rows(count: int, missing: float, seed: int = 0) -> Float32:
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=(count, 4)), 2).astype(np.float32)
    values[rng.random(values.shape) < missing] = np.nan
    return values


@lru_cache(maxsize=4)
def fitted(missing: float, max_features: float = 1.0) -> tuple[IsolationForest, Forest]:
    model = IsolationForest(n_estimators=25, max_samples=128, max_features=max_features, random_state=1)
    model.fit(rows(600, missing))
    return model, export_forest(model, np.arange(4, dtype=np.int32))


@pytest.mark.parametrize("missing", [0.0, 0.2], ids=["complete", "fitted with missing values"])
@pytest.mark.parametrize("max_features", [1.0, 0.5], ids=["all columns", "column samples"])
def test_scores_equal_scikit_learn_bit_for_bit(missing: float, max_features: float) -> None:
    model, forest = fitted(missing, max_features)
    probe = rows(2_000, missing, seed=5)

    found = scores(forest, path_lengths(forest, probe))

    assert found.tobytes() == model.score_samples(probe).tobytes()


def test_values_exactly_on_a_threshold_go_the_same_way() -> None:
    model, forest = fitted(0.0)
    splits = forest.threshold[forest.children_left != -1][:400].astype(np.float32)
    probe = np.repeat(splits[:, None], 4, axis=1)

    found = scores(forest, path_lengths(forest, probe))

    assert found.tobytes() == model.score_samples(probe).tobytes()


def test_columns_keep_their_place_in_the_feature_list() -> None:
    values = rows(600, 0.0)
    model = IsolationForest(n_estimators=10, max_samples=64, random_state=1).fit(values[:, [1, 3]])

    forest = export_forest(model, np.array([1, 3], dtype=np.int32))

    found = scores(forest, path_lengths(forest, values))
    assert found.tobytes() == model.score_samples(values[:, [1, 3]]).tobytes()


def test_bytes_round_trip_and_repeat() -> None:
    _, forest = fitted(0.2)

    content = forest_bytes(forest)

    assert forest_bytes(load_forest(content)) == content


def test_arrays_have_the_declared_types() -> None:
    arrays = npz_arrays(forest_bytes(fitted(0.0)[1]))

    assert {name: str(array.dtype) for name, array in arrays.items()} == {
        "children_left": "int32",
        "children_right": "int32",
        "feature": "int32",
        "threshold": "float64",
        "missing_go_to_left": "uint8",
        "leaf_value": "float64",
        "tree_offsets": "int64",
        "estimators_features": "int32",
        "denominator": "float64",
        "offset": "float64",
    }


def test_denominator_is_trees_times_average_path_length() -> None:
    assert fitted(0.0)[1].denominator == 25 * average_path_length(128)


def test_forest_with_a_missing_array_is_refused() -> None:
    with pytest.raises(ArtifactError, match="legal are"):
        load_forest(npz_bytes({"threshold": np.zeros(1)}))


def test_pickled_objects_are_refused() -> None:
    with pytest.raises(ArtifactError, match="plain arrays"):
        npz_arrays(b"PK not a zip")
