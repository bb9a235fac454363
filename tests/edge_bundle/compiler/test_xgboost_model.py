from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_bundle.compiler import ubjson
from edge_bundle.compiler.errors import CompileError, ModelFileError, UnsupportedModelError
from edge_bundle.compiler.xgboost_model import base_margin, compile_xgboost
from edge_bundle.format.kernel import load_kernel
from edge_bundle.format.reference_kernel import ReferenceKernel
from tests.support.edge_models import (
    Rows,
    awkward_rows,
    failure_labels,
    kernel_folder,
    native_margins,
    sensor_rows,
    split_thresholds,
    train_booster,
)

ROWS = sensor_rows(1, 3000, 12)
EXTREMES = (1e-30, 1e-7, 9.9e-7, 1e-6, 1.1e-6, 1 - 1.2e-6, 1 - 1e-6, 1 - 6e-8)
Document = dict[str, Any]


def assert_bit_equal(booster: xgb.Booster, rows: Rows = ROWS) -> None:
    """Library and plain Python give XGBoost's margins, on its rows and on awkward ones."""
    model = compile_xgboost(bytes(booster.save_raw("json")))
    awkward = awkward_rows(rows, split_thresholds(booster))
    expected = native_margins(booster, awkward)

    by_library = np.frombuffer(load_kernel(kernel_folder()).margins(model, awkward.tobytes()), "<f4")
    by_python = np.frombuffer(ReferenceKernel().margins(model, awkward[-600:].tobytes()), "<f4")

    assert np.array_equal(by_library.view("<u4"), expected.view("<u4"))
    assert np.array_equal(by_python.view("<u4"), expected[-600:].view("<u4"))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"scale_pos_weight": 9.5},
        {"max_depth": 1},
        {"max_depth": 12, "min_child_weight": 0.1},
        {"tree_method": "exact", "gamma": 5.0},
        {"grow_policy": "lossguide", "max_leaves": 40, "max_depth": 0},
        {"num_parallel_tree": 3},
        {"base_score": 0.093},
        {"base_score": 0.99},
        {"gamma": 1e9},
    ],
    ids=str,
)
def test_margins_equal_xgboost_in_every_bit(params: dict[str, Any]) -> None:
    assert_bit_equal(train_booster(ROWS, rounds=30, **params))


def test_margins_of_a_model_fitted_without_missing_values_are_equal() -> None:
    rows = sensor_rows(2, 2000, 6, missing=0.0)

    assert_bit_equal(train_booster(rows, rounds=20), rows)


def test_margins_equal_those_of_a_prediction_from_a_matrix() -> None:
    booster = train_booster(ROWS, rounds=40)
    model = compile_xgboost(bytes(booster.save_raw("ubj")))

    expected = booster.predict(xgb.DMatrix(ROWS), output_margin=True)

    assert load_kernel(kernel_folder()).margins(model, ROWS.tobytes()) == expected.astype("<f4").tobytes()


def test_json_and_ubj_give_the_same_blob_and_twice_the_same_bytes() -> None:
    booster = train_booster(ROWS, rounds=10)
    blobs = {compile_xgboost(bytes(booster.save_raw(form))).blob for form in ("json", "ubj", "json")}

    assert len(blobs) == 1


@pytest.mark.parametrize("base_score", [*np.linspace(0.001, 0.999, 97).tolist(), *EXTREMES])
def test_the_base_margin_is_that_of_xgboost(base_score: float) -> None:
    booster = xgb.train(
        {"objective": "binary:logistic", "base_score": base_score, "eta": 0.0, "max_depth": 1},
        xgb.DMatrix(ROWS[:50], label=failure_labels(ROWS[:50])),
        num_boost_round=1,
    )
    stored = json.loads(booster.save_raw("json"))["learner"]["learner_model_param"]["base_score"]

    assert base_margin(float(stored.strip("[]"))) == native_margins(booster, ROWS[:1])[0]


def early_stopped() -> xgb.Booster:
    train, held_out = ROWS[:1500], ROWS[1500:]
    return xgb.train(
        {"objective": "binary:logistic", "max_depth": 8, "eta": 0.5, "min_child_weight": 1},
        xgb.DMatrix(train, label=failure_labels(train)),
        num_boost_round=200,
        evals=[(xgb.DMatrix(held_out, label=failure_labels(held_out)), "held_out")],
        early_stopping_rounds=5,
        verbose_eval=False,
    )


def test_an_early_stopped_model_is_refused_until_it_is_sliced() -> None:
    booster = early_stopped()

    with pytest.raises(UnsupportedModelError, match=r"Save booster\[: best_iteration \+ 1\]"):
        compile_xgboost(bytes(booster.save_raw("json")))
    assert_bit_equal(booster[: booster.best_iteration + 1])


def train_with(**params: object) -> bytes:
    labels: Any = failure_labels(ROWS[:200])
    if params.get("multi_strategy"):
        labels = np.stack([labels, 1 - labels], axis=1)
    return bytes(xgb.train(params, xgb.DMatrix(ROWS[:200], label=labels), num_boost_round=2).save_raw("json"))


def trained_on_categories() -> bytes:
    column = (np.arange(200) % 7).astype(np.float32)[:, None]
    matrix = xgb.DMatrix(column, label=(column[:, 0] > 3), feature_types=["c"], enable_categorical=True)
    params = {"objective": "binary:logistic", "tree_method": "hist", "max_cat_to_onehot": 1}
    return bytes(xgb.train(params, matrix, num_boost_round=2).save_raw("json"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: train_with(objective="binary:logistic", booster="dart"), "booster 'dart'"),
        (lambda: train_with(objective="binary:logistic", booster="gblinear"), "booster 'gblinear'"),
        (lambda: train_with(objective="reg:squarederror"), "objective 'reg:squarederror'"),
        (lambda: train_with(objective="binary:logitraw"), "objective 'binary:logitraw'"),
        (lambda: train_with(objective="multi:softprob", num_class=2), "objective 'multi:softprob'"),
        (
            lambda: train_with(objective="binary:logistic", multi_strategy="multi_output_tree", tree_method="hist"),
            "2 targets",
        ),
        (trained_on_categories, "categorical features"),
    ],
    ids=["dart", "gblinear", "squarederror", "logitraw", "softprob", "multi_target", "categorical"],
)
def test_what_cannot_be_scored_exactly_is_refused_by_name(make: Callable[[], bytes], message: str) -> None:
    with pytest.raises(UnsupportedModelError, match=message):
        compile_xgboost(make())


def spoil(change: Callable[[Document], object]) -> bytes:
    document = json.loads(train_booster(ROWS[:300], rounds=2).save_raw("json"))
    change(document)
    return json.dumps(document).encode()


def first_tree(document: Document) -> Document:
    tree: Document = document["learner"]["gradient_booster"]["model"]["trees"][0]
    return tree


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("version"),
        lambda document: document.update(version=[4, 0, 0]),
        lambda document: document["learner"].pop("objective"),
        lambda document: document["learner"]["gradient_booster"]["model"]["trees"].pop(),
        lambda document: document["learner"]["gradient_booster"]["model"].update(tree_info=[0, 1]),
        lambda document: document["learner"]["gradient_booster"]["model"]["cats"].update(enc=[1]),
        lambda document: document["learner"]["learner_model_param"].update(base_score="[5E-1,5E-1]"),
        lambda document: document["learner"]["learner_model_param"].update(base_score="1.5"),
        lambda document: document["learner"]["learner_model_param"].update(num_feature="2000"),
        lambda document: first_tree(document)["left_children"].pop(),
        lambda document: first_tree(document)["left_children"].__setitem__(0, 10**6),
        lambda document: first_tree(document)["left_children"].__setitem__(0, 0),
        lambda document: first_tree(document)["right_children"].__setitem__(0, -1),
        lambda document: first_tree(document)["split_indices"].__setitem__(0, 99),
        lambda document: first_tree(document)["split_conditions"].__setitem__(0, float("inf")),
        lambda document: first_tree(document)["split_conditions"].__setitem__(-1, float("nan")),
        lambda document: first_tree(document)["split_type"].__setitem__(0, 1),
        lambda document: first_tree(document)["tree_param"].update(size_leaf_vector="2"),
        lambda document: first_tree(document).pop("default_left"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(change: Callable[[Document], object]) -> None:
    assert compile_xgboost(spoil(dict.copy)).header.n_trees == 2
    with pytest.raises(CompileError):
        compile_xgboost(spoil(change))


def test_a_tree_whose_children_loop_is_refused() -> None:
    with pytest.raises(UnsupportedModelError, match="deeper than"):
        compile_xgboost(spoil(lambda document: first_tree(document)["left_children"].__setitem__(1, 1)))


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{}", b"[]", b'{"', b"garbage", b'{"a":' * 9999, b"{L" + b"\xff" * 8], ids=str
)
def test_a_file_of_another_format_is_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError):
        compile_xgboost(data)


UBJ = bytes(train_booster(ROWS[:300], rounds=1, max_depth=2).save_raw("ubj"))


@settings(max_examples=300)
@given(place=st.integers(0, len(UBJ) - 1), byte=st.integers(0, 255), size=st.integers(0, len(UBJ)))
def test_a_damaged_ubj_file_never_crashes_the_reader(place: int, byte: int, size: int) -> None:
    damaged = UBJ[:place] + bytes([byte]) + UBJ[place + 1 :]

    for data in (damaged, damaged[:size]):
        try:
            ubjson.loads(data)
        except ModelFileError:
            continue
        assert len(data) == len(UBJ)


def test_ubj_is_read_as_json_is() -> None:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(item) for key, item in value.items()}
        if isinstance(value, list | np.ndarray):
            return [plain(item) for item in value]
        return np.float32(value) if isinstance(value, float | np.floating) else value

    booster = train_booster(ROWS[:300], rounds=2)

    assert plain(ubjson.loads(bytes(booster.save_raw("ubj")))) == plain(json.loads(booster.save_raw("json")))
