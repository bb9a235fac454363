"""How large a model's sum of leaves can get, whatever the row: what overflows is refused before it scores."""

from __future__ import annotations

import sys
from array import array
from itertools import compress
from typing import Any

from edge_bundle.format.bounds import MAX_REACH
from edge_bundle.format.errors import ModelBlobError
from edge_bundle.format.model_blob import FlatModel, ModelKind


def check_reach(model: FlatModel) -> None:
    """Refuse a model whose sum could lie beyond `MAX_REACH`, or whose average does.

    Raises:
        ModelBlobError: It could.
    """
    found = reach(model)
    if found > MAX_REACH:
        raise ModelBlobError(f"a row can come to {found:g}; legal are sums up to {MAX_REACH:g} in size")
    if model.header.denominator > MAX_REACH:
        raise ModelBlobError(f"the sum of an average row is {model.header.denominator:g}; legal: {MAX_REACH:g}")


def reach(model: FlatModel) -> float:
    """An upper bound of the size of the sum: of the base margin and of each tree's largest leaf."""
    if model.kind is ModelKind.DEPTH:
        return model.header.n_trees * max(map(abs, model.lengths))
    leaf_slot = 2 * model.n_features
    payloads = _column("f", model)[::2]
    is_leaf = bytes(map(leaf_slot.__eq__, _column("H", model)[2::4]))
    total = abs(model.header.base_margin)
    for tree, root in enumerate(model.roots):
        end = model.tree_end(tree)
        total += max(map(abs, compress(payloads[root:end], is_leaf[root:end])))
    return total


def _column(kind: str, model: FlatModel) -> array[Any]:
    """The nodes as an array, which takes a tenth of the memory of Python's numbers."""
    found: array[Any] = array(kind)
    found.frombytes(model.nodes)
    if sys.byteorder == "big":
        found.byteswap()
    return found
