"""An isolation forest as plain arrays, and the walk that every other engine must equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from ml.data.dataset import Float32, Float64
from ml.data.failure_events import Int64
from ml.models.array_fields import fields_bytes, load_fields

Int32 = NDArray[np.int32]
LEAF = -1


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees concatenated; node ``i`` of tree ``k`` is at ``tree_offsets[k] + i``.

    A row goes left where its float32 value is <= ``threshold``; NaN goes left where
    ``missing_go_to_left``. Children are node numbers within their tree, -1 at a leaf.

    Attributes:
        children_left: int32 per node.
        children_right: int32 per node.
        feature: int32 per node, a column of ``estimators_features``; negative at a leaf.
        threshold: float64 per node.
        missing_go_to_left: uint8 per node.
        leaf_value: float64 per node: path length + expected rest - 1, summed over the trees in order.
        tree_offsets: int64, first node of each tree, then the number of nodes.
        estimators_features: int32, shape (trees, features used), positions in the feature list.
        denominator: trees x average path length of the sample size.
        offset: scikit-learn's ``offset_``; the score is -2 ** (-path length / denominator).
    """

    children_left: Int32
    children_right: Int32
    feature: Int32
    threshold: Float64
    missing_go_to_left: NDArray[np.uint8]
    leaf_value: Float64
    tree_offsets: Int64
    estimators_features: Int32
    denominator: float
    offset: float

    @property
    def trees(self) -> int:
        """Number of trees."""
        return len(self.tree_offsets) - 1


def export_forest(model: IsolationForest, positions: Int32) -> Forest:
    """The arrays of a fitted forest whose columns are at ``positions`` of the feature list.

    Reads scikit-learn's private path lengths: the pinned version's, checked by a test of equality.
    """
    trees = [estimator.tree_ for estimator in model.estimators_]
    paths = zip(trees, model._decision_path_lengths, model._average_path_length_per_tree, strict=True)
    sizes = [tree.node_count for tree in trees]
    return Forest(
        children_left=_join([tree.children_left for tree in trees], np.int32),
        children_right=_join([tree.children_right for tree in trees], np.int32),
        feature=_join([tree.feature for tree in trees], np.int32),
        threshold=_join([tree.threshold for tree in trees], np.float64),
        missing_go_to_left=_join([tree.missing_go_to_left for tree in trees], np.uint8),
        leaf_value=_join([depth + rest - 1.0 for _, depth, rest in paths], np.float64),
        tree_offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        estimators_features=positions[np.asarray(model.estimators_features_)].astype(np.int32),
        denominator=len(trees) * average_path_length(int(model.max_samples_)),
        offset=float(model.offset_),
    )


def path_lengths(forest: Forest, values: Float32) -> Float64:
    """Path-length sums over the trees in order, float64, shape (n,); short ones are anomalies."""
    total = np.zeros(len(values), dtype=np.float64)
    for tree in range(forest.trees):
        columns = values[:, forest.estimators_features[tree]]
        total += forest.leaf_value[_leaves(forest, tree, columns)]
    return total


def scores(forest: Forest, lengths: Float64) -> Float64:
    """Scikit-learn's ``score_samples`` from path lengths: the lower, the more abnormal."""
    return np.asarray(-(2.0 ** (-lengths / forest.denominator)), dtype=np.float64)


def average_path_length(samples: int) -> float:
    """Expected depth of an unsuccessful search among ``samples`` values.

    Source: Liu, Ting & Zhou, ICDM 2008, equation 1.

    >>> [average_path_length(n) for n in (1, 2)], round(average_path_length(256), 4)
    ([0.0, 1.0], 10.2448)
    """
    if samples <= 2:
        return float(samples - 1)
    rest = samples - 1.0
    return float(2.0 * (np.log(rest) + np.euler_gamma) - 2.0 * rest / samples)


def forest_bytes(forest: Forest) -> bytes:
    """The forest as an npz of plain arrays; the same forest gives the same bytes."""
    return fields_bytes(forest)


def load_forest(content: bytes) -> Forest:
    """A forest from `forest_bytes`. Raises: as `load_fields`."""
    return load_fields(Forest, content)


def _leaves(forest: Forest, tree: int, columns: Float32) -> Int64:
    first = forest.tree_offsets[tree]
    node = np.full(len(columns), first, dtype=np.int64)
    rows = np.arange(len(columns))
    while rows.size:
        rows = rows[forest.children_left[node[rows]] != LEAF]
        here = node[rows]
        value = columns[rows, forest.feature[here]].astype(np.float64)
        missing = np.isnan(value) & (forest.missing_go_to_left[here] == 1)
        left = (value <= forest.threshold[here]) | missing
        step = np.where(left, forest.children_left[here], forest.children_right[here])
        node[rows] = first + step
    return node


def _join(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype)
