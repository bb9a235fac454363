"""An ensemble to its one flat blob (layout: ``edge_bundle.format.model_blob``)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_bundle.compiler.ensemble import NO_CHILD, Ensemble, Tree
from edge_bundle.compiler.errors import UnsupportedModelError
from edge_bundle.format import model_blob
from edge_bundle.format.errors import ModelBlobError
from edge_bundle.format.model_blob import BlobHeader, FlatModel, ModelKind

NODE = np.dtype([("payload", "<u4"), ("slot", "<u2"), ("left", "<u2")])
Lengths = NDArray[np.float64]


def flatten(ensemble: Ensemble) -> FlatModel:
    """The flat model of ``ensemble``, checked as a device will check it.

    Raises:
        UnsupportedModelError: Too deep, too large, too many features, or a value that is not finite.
    """
    if ensemble.n_features > model_blob.MAX_FEATURES:
        raise UnsupportedModelError(f"{ensemble.n_features} features; at most {model_blob.MAX_FEATURES} are legal")
    orders = [_breadth_first(tree, number) for number, tree in enumerate(ensemble.trees)]
    lengths = _path_lengths(ensemble, [order for order, _ in orders])
    nodes = [
        _pack_nodes(ensemble, tree, order, lengths) for tree, (order, _) in zip(ensemble.trees, orders, strict=True)
    ]
    header = _header(ensemble, nodes, [depth for _, depth in orders], len(lengths))
    roots = np.cumsum([0, *map(len, nodes[:-1])], dtype="<u4")
    depths = np.array([depth for _, depth in orders], dtype="<u4")
    parts = [header.pack(), roots.tobytes(), depths.tobytes(), *(node.tobytes() for node in nodes)]
    try:
        return model_blob.parse(b"".join(parts) + lengths.astype("<f8").tobytes())
    except ModelBlobError as exc:
        raise UnsupportedModelError(f"the model does not fit the device's format: {exc}") from exc


def _header(ensemble: Ensemble, nodes: list[NDArray[np.void]], depths: list[int], n_lengths: int) -> BlobHeader:
    return BlobHeader(
        kind=ensemble.kind,
        n_features=ensemble.n_features,
        n_trees=len(nodes),
        n_nodes=sum(map(len, nodes)),
        max_depth=max(depths, default=0),
        n_lengths=n_lengths,
        base_margin=ensemble.base_margin,
        denominator=ensemble.denominator,
        offset=ensemble.offset,
    )


def _breadth_first(tree: Tree, number: int) -> tuple[NDArray[np.int64], int]:
    """The tree's nodes level by level, children side by side, and its depth."""
    level = np.zeros(1, dtype=np.int64)
    levels: list[NDArray[np.int64]] = []
    while level.size:
        levels.append(level)
        if len(levels) > model_blob.MAX_DEPTH + 1 or sum(map(len, levels)) > model_blob.MAX_TREE_NODES:
            raise UnsupportedModelError(
                f"tree {number} is deeper than {model_blob.MAX_DEPTH} or has more than "
                f"{model_blob.MAX_TREE_NODES} nodes; train with a smaller max_depth"
            )
        splits = level[tree.left[level] != NO_CHILD]
        level = np.column_stack([tree.left[splits], tree.right[splits]]).astype(np.int64).ravel()
    return np.concatenate(levels), len(levels) - 1


def _path_lengths(ensemble: Ensemble, orders: list[NDArray[np.int64]]) -> Lengths:
    """The distinct path lengths of an isolation forest's leaves; empty for margins."""
    if ensemble.kind is ModelKind.MARGIN or not orders:
        return np.zeros(0)
    leaves = [
        tree.leaf[order[tree.left[order] == NO_CHILD]] for tree, order in zip(ensemble.trees, orders, strict=True)
    ]
    return np.asarray(np.unique(np.concatenate(leaves)), dtype=np.float64)


def _pack_nodes(ensemble: Ensemble, tree: Tree, order: NDArray[np.int64], lengths: Lengths) -> NDArray[np.void]:
    is_split = tree.left[order] != NO_CHILD
    place = np.arange(len(order))
    missing_right = np.where(tree.missing_left[order], 0, ensemble.n_features)
    nodes = np.zeros(len(order), dtype=NODE)
    nodes["slot"] = np.where(is_split, tree.feature[order] + missing_right, 2 * ensemble.n_features)
    nodes["left"] = np.where(is_split, 2 * np.cumsum(is_split) - 1, place)
    thresholds = tree.threshold[order].astype("<f4").view("<u4")
    nodes["payload"] = np.where(is_split, thresholds, _leaf_payload(ensemble.kind, tree.leaf[order], lengths))
    return nodes


def _leaf_payload(kind: ModelKind, leaf: NDArray[np.float64], lengths: Lengths) -> NDArray[np.uint32]:
    if kind is ModelKind.MARGIN:
        return leaf.astype("<f4").view("<u4")
    return np.searchsorted(lengths, leaf).astype("<u4")
