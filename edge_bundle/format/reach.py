"""How large a model's sum of leaves can get, whatever the row: what overflows is refused before it scores."""

from __future__ import annotations

import struct
from itertools import compress

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
    count = model.header.n_nodes
    leaf_slot = 2 * model.n_features
    payloads = struct.unpack(f"<{2 * count}f", model.nodes)[::2]
    is_leaf = [slot == leaf_slot for slot in struct.unpack(f"<{4 * count}H", model.nodes)[2::4]]
    total = abs(model.header.base_margin)
    for tree, root in enumerate(model.roots):
        end = model.tree_end(tree)
        total += max(map(abs, compress(payloads[root:end], is_leaf[root:end])))
    return total
