"""A trained tree ensemble between its own file format and the flat blob."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_bundle.compiler.errors import ModelFileError
from edge_bundle.format.model_blob import ModelKind

NO_CHILD = -1


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree; node 0 is the root. All arrays have one place per node.

    Attributes:
        left: int32, child taken where value < threshold; -1 at a leaf.
        right: int32, the other child; -1 at a leaf.
        feature: int32, position in the row.
        threshold: float32.
        missing_left: bool, whether a missing value goes left.
        leaf: float64, what a leaf adds to the sum (a float32 in a margin model).
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float32]
    missing_left: NDArray[np.bool_]
    leaf: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Trees whose leaves are summed in order; the other fields as in ``BlobHeader``."""

    kind: ModelKind
    n_features: int
    trees: tuple[Tree, ...]
    base_margin: float = 0.0
    denominator: float = 0.0
    offset: float = 0.0


def check_tree(tree: Tree, n_features: int, number: int) -> None:
    """Refuse children or features that point outside.

    Raises:
        ModelFileError: The arrays make no tree.
    """
    n_nodes = len(tree.left)
    splits = tree.left != NO_CHILD
    children = np.concatenate([tree.left[splits], tree.right[splits]])
    outside = np.any((children < 1) | (children >= n_nodes))
    if n_nodes == 0 or outside or np.any((tree.right != NO_CHILD) != splits):
        raise ModelFileError(f"tree {number} has a child outside its {n_nodes} nodes")
    if np.any((tree.feature[splits] < 0) | (tree.feature[splits] >= n_features)):
        raise ModelFileError(f"tree {number} splits on a feature outside the {n_features} of the model")
