"""An isolation forest from plain arrays to an ensemble; its path lengths equal scikit-learn's.

The file is an ``.npz`` without pickle, trees concatenated: ``children_left``, ``children_right``,
``feature`` (int32), ``threshold``, ``leaf_value`` (float64), ``missing_go_to_left`` (uint8), one place
per node; ``tree_offsets`` (int64, first node of each tree, then the number of nodes);
``estimators_features`` (int32, trees x features used); ``denominator``, ``offset`` (float64).
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_bundle.compiler.ensemble import NO_CHILD, Ensemble, Tree, check_tree
from edge_bundle.compiler.errors import ModelFileError
from edge_bundle.compiler.flatten import flatten
from edge_bundle.format.model_blob import FlatModel, ModelKind

NODE_ARRAYS = {
    "children_left": np.int32,
    "children_right": np.int32,
    "feature": np.int32,
    "threshold": np.float64,
    "missing_go_to_left": np.uint8,
    "leaf_value": np.float64,
}
OTHER_ARRAYS = {
    "tree_offsets": (np.int64, 1),
    "estimators_features": (np.int32, 2),
    "denominator": (np.float64, 0),
    "offset": (np.float64, 0),
}
Arrays = dict[str, NDArray[Any]]


def compile_isolation_forest(data: bytes, n_features: int) -> FlatModel:
    """The flat model of a forest file; path-length sums equal scikit-learn's in every bit.

    Args:
        data: The npz file.
        n_features: Length of the rows, which may have columns that the forest does not use.

    Raises:
        ModelFileError: Not such a file, or its arrays contradict each other.
        UnsupportedModelError: Too deep or large, or a threshold beyond float32.
    """
    return flatten(read_isolation_forest(data, n_features))


def read_isolation_forest(data: bytes, n_features: int) -> Ensemble:
    """The ensemble in a forest file. Errors as ``compile_isolation_forest``."""
    arrays = _load(data)
    _check_shapes(arrays)
    trees = tuple(_read_tree(arrays, number, n_features) for number in range(len(arrays["tree_offsets"]) - 1))
    return Ensemble(
        ModelKind.DEPTH,
        n_features,
        trees,
        denominator=float(arrays["denominator"]),
        offset=float(arrays["offset"]),
    )


def least_float32_above(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The least float32 greater than each threshold: for float32 x, x <= t is x < this.

    scikit-learn rounds rows to float32 and compares them with float64 thresholds by ``<=``.
    """
    with np.errstate(over="ignore"):
        rounded = threshold.astype(np.float32)
    above = np.nextafter(rounded, np.float32(np.inf))
    return np.where(rounded.astype(np.float64) > threshold, rounded, above).astype(np.float32)


def _load(data: bytes) -> Arrays:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, TypeError) as exc:
        raise ModelFileError(f"not an npz of plain arrays: {exc}") from exc
    wanted = sorted([*NODE_ARRAYS, *OTHER_ARRAYS])
    if sorted(arrays) != wanted:
        raise ModelFileError(f"a forest file holds {wanted}; got {sorted(arrays)}")
    return arrays


def _check_shapes(arrays: Arrays) -> None:
    shapes = {name: (np.dtype(kind), 1) for name, kind in NODE_ARRAYS.items()}
    shapes |= {name: (np.dtype(kind), rank) for name, (kind, rank) in OTHER_ARRAYS.items()}
    for name, (dtype, rank) in shapes.items():
        if arrays[name].dtype != dtype or arrays[name].ndim != rank:
            raise ModelFileError(
                f"{name} is {arrays[name].dtype} of rank {arrays[name].ndim}; legal is {dtype} of rank {rank}"
            )
    offsets, n_nodes = arrays["tree_offsets"], len(arrays["feature"])
    ascending = len(offsets) >= 2 and offsets[0] == 0 and offsets[-1] == n_nodes and np.all(np.diff(offsets) > 0)
    if not ascending or any(len(arrays[name]) != n_nodes for name in NODE_ARRAYS):
        raise ModelFileError(f"tree_offsets do not divide the {n_nodes} nodes into trees")
    if len(arrays["estimators_features"]) != len(offsets) - 1:
        raise ModelFileError("estimators_features has another number of trees than tree_offsets")


def _read_tree(arrays: Arrays, number: int, n_features: int) -> Tree:
    start, end = (int(place) for place in arrays["tree_offsets"][number : number + 2])
    nodes = {name: arrays[name][start:end] for name in NODE_ARRAYS}
    columns = arrays["estimators_features"][number]
    splits = nodes["children_left"] != NO_CHILD
    local = nodes["feature"][splits]
    if np.any((local < 0) | (local >= len(columns))):
        raise ModelFileError(f"tree {number} splits on a column outside its {len(columns)}")
    feature = np.zeros(end - start, dtype=np.int32)
    feature[splits] = columns[local]
    tree = Tree(
        left=nodes["children_left"],
        right=nodes["children_right"],
        feature=feature,
        threshold=least_float32_above(nodes["threshold"]),
        missing_left=nodes["missing_go_to_left"] == 1,
        leaf=nodes["leaf_value"],
    )
    check_tree(tree, n_features, number)
    return tree
