"""XGBoost's own model file (JSON or UBJ) to an ensemble, strictly.

What the kernel cannot score bit for bit is refused by name; a field that is missing or not known
here is refused too, because converters that guess at a new layout return wrong numbers.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_bundle.compiler import ubjson
from edge_bundle.compiler.ensemble import NO_CHILD, Ensemble, Tree, check_tree
from edge_bundle.compiler.errors import ModelFileError, UnsupportedModelError
from edge_bundle.compiler.flatten import flatten
from edge_bundle.format.model_blob import FlatModel, ModelKind

OBJECTIVE = "binary:logistic"
MAJOR_VERSION = 3
Fields = Mapping[str, Any]


def compile_xgboost(data: bytes) -> FlatModel:
    """The flat model of an XGBoost file; margins equal XGBoost's in every bit.

    Raises:
        ModelFileError: Not an XGBoost model file of a known layout.
        UnsupportedModelError: A model that cannot be scored exactly; the text says what to change.
    """
    return flatten(read_xgboost(data))


def read_xgboost(data: bytes) -> Ensemble:
    """The ensemble in an XGBoost file. Errors as ``compile_xgboost``."""
    document = _load(data)
    try:
        return _read(document)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as exc:
        raise ModelFileError(f"not an XGBoost {MAJOR_VERSION} model file: {type(exc).__name__} {exc}") from exc


def attributes(data: bytes) -> Mapping[str, str]:
    """What whoever trained the booster wrote into its file, beside the model. Errors as ``compile_xgboost``."""
    try:
        return {str(name): str(text) for name, text in _load(data)["learner"]["attributes"].items()}
    except (KeyError, TypeError, AttributeError) as exc:
        raise ModelFileError(f"not an XGBoost {MAJOR_VERSION} model file: {type(exc).__name__} {exc}") from exc


def base_margin(base_score: float) -> float:
    """The margin at which XGBoost's sum starts, a float32.

    Source: XGBoost ``regression_loss.h``, ``ProbToMargin``: -logf(1 / base_score - 1) in float32
    with the C library's ``logf`` (NumPy's is one unit off for every sixth base score), after the
    base score is held 1e-6 away from 0 and 1 (both measured on 3.2.0, see the tests).
    """
    one, edge = np.float32(1.0), np.float32(1e-6)
    odds = one / np.clip(np.float32(base_score), edge, one - edge) - one
    return -float(_libm().logf(float(odds)))


def _libm() -> ctypes.CDLL:
    libm = ctypes.CDLL(ctypes.util.find_library("m") or "libm.so.6")
    libm.logf.argtypes = [ctypes.c_float]
    libm.logf.restype = ctypes.c_float
    return libm


def _load(data: bytes) -> Fields:
    try:
        document = json.loads(data) if data[:2] == b'{"' else ubjson.loads(data)
    except (ValueError, RecursionError) as exc:
        raise ModelFileError(f"neither XGBoost JSON nor UBJ: {exc}") from exc
    if not isinstance(document, dict):
        raise ModelFileError("neither XGBoost JSON nor UBJ: no object at the top")
    return document


def _read(document: Fields) -> Ensemble:
    version = [int(part) for part in document["version"]]
    if version[0] != MAJOR_VERSION:
        raise UnsupportedModelError(f"written by XGBoost {version}; this compiler knows {MAJOR_VERSION}.x")
    learner = document["learner"]
    params, booster = learner["learner_model_param"], learner["gradient_booster"]
    _check_learner(learner, params)
    if booster["name"] != "gbtree":
        raise UnsupportedModelError(f"booster {booster['name']!r}; only 'gbtree' can be compiled, train with it")
    model = booster["model"]
    _check_booster(learner, model)
    n_features = int(params["num_feature"])
    trees = tuple(_read_tree(tree, n_features, number) for number, tree in enumerate(model["trees"]))
    return Ensemble(ModelKind.MARGIN, n_features, trees, base_margin(_base_score(params)))


def _check_learner(learner: Fields, params: Fields) -> None:
    name = learner["objective"]["name"]
    if name != OBJECTIVE:
        raise UnsupportedModelError(f"objective {name!r}; only {OBJECTIVE!r} can be compiled")
    if int(params["num_target"]) != 1 or int(params["num_class"]) > 1:
        raise UnsupportedModelError(
            f"{params['num_target']} targets, {params['num_class']} classes; only one binary target can be compiled"
        )
    if "c" in list(learner.get("feature_types", [])):
        raise UnsupportedModelError("categorical features; give them as numbers (one column per level)")


def _check_booster(learner: Fields, model: Fields) -> None:
    counts = model["gbtree_model_param"]
    n_trees, per_round = int(counts["num_trees"]), int(counts["num_parallel_tree"])
    if n_trees != len(model["trees"]) or n_trees == 0:
        raise ModelFileError(f"num_trees says {n_trees}, the file holds {len(model['trees'])}")
    if len(model["cats"]["enc"]):
        raise UnsupportedModelError("a categorical encoder; give categories as numbers before training")
    if any(int(group) != 0 for group in model["tree_info"]):
        raise UnsupportedModelError("trees of several output groups; only one can be compiled")
    best = learner["attributes"].get("best_iteration")
    if best is not None and n_trees != (int(best) + 1) * per_round:
        raise UnsupportedModelError(
            f"{n_trees} trees, but early stopping chose iteration {best}: XGBoost would predict with "
            f"{(int(best) + 1) * per_round}. Save booster[: best_iteration + 1]"
        )


def _base_score(params: Fields) -> float:
    """The only element of ``base_score``: text as ``[9.3E-2]`` since XGBoost 3.1."""
    scores = [float(part) for part in str(params["base_score"]).strip("[]").split(",")]
    if len(scores) != 1 or not 0.0 < scores[0] < 1.0:
        raise UnsupportedModelError(f"base_score {params['base_score']}; legal is one number between 0 and 1")
    return float(np.float32(scores[0]))


def _read_tree(fields: Fields, n_features: int, number: int) -> Tree:
    if int(fields["tree_param"]["size_leaf_vector"]) > 1:
        raise UnsupportedModelError(f"tree {number} has vector leaves (multi_strategy); train one output per tree")
    if np.any(np.asarray(fields["split_type"])) or len(fields["categories"]):
        raise UnsupportedModelError(f"tree {number} splits by category; give categories as numbers")
    left, right = _column(fields, "left_children", np.int32), _column(fields, "right_children", np.int32)
    values = _column(fields, "split_conditions", np.float32)
    tree = Tree(
        left=left,
        right=right,
        feature=np.where(left == NO_CHILD, 0, _column(fields, "split_indices", np.int32)).astype(np.int32),
        threshold=values,
        missing_left=_column(fields, "default_left", np.bool_),
        leaf=values.astype(np.float64),
    )
    check_tree(tree, n_features, number)
    return tree


def _column(fields: Fields, name: str, dtype: type) -> NDArray[Any]:
    column = np.asarray(fields[name])
    if column.shape != (int(fields["tree_param"]["num_nodes"]),):
        raise ModelFileError(f"{name} has shape {column.shape}, num_nodes is {fields['tree_param']['num_nodes']}")
    return column.astype(dtype)
