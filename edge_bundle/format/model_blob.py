"""The bytes of a flat tree model, and the checks that make walking them safe.

Little-endian throughout::

    header  64 bytes   magic, version, kind, n_features, n_trees, n_nodes, max_depth, n_lengths,
                       base margin (float32), denominator, offset (float64), 8 zero bytes
    roots   uint32     per tree: place of its root among all nodes
    depths  uint32     per tree: splits on its longest path
    nodes   8 bytes    {payload 32 bits; uint16 slot; uint16 left}
    lengths float64    distinct path lengths, ascending (isolation forest only)

A tree's nodes are in breadth-first order with children side by side, so ``left`` of its k-th
split is 1 + 2k, counted from the root. Each node but the root is a split's child. A split sends a row right where
``slots[slot] >= threshold``. Slots are the F features with missing as -inf, the same with missing as
+inf, and one NaN. A leaf has slot 2F and ``left`` = itself; its payload is the float32 margin, or
the place of its path length. A model has exactly one legal blob, but for path lengths that no leaf points to.
"""

from __future__ import annotations

import enum
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from edge_bundle.format.errors import ModelBlobError

MAGIC = b"ASSAYFLT"
VERSION = 1
MAX_FEATURES = 1024
MAX_TREES = 65536
MAX_DEPTH = 64
MAX_TREE_NODES = 65535
HEADER = struct.Struct("<8s7IfddQ")
NODE_BYTES = 8


class ModelKind(enum.Enum):
    """What a model's sum of leaves means."""

    MARGIN = 1
    DEPTH = 2

    @property
    def label(self) -> str:
        """The name that a manifest uses."""
        return {ModelKind.MARGIN: "xgboost-margin", ModelKind.DEPTH: "iforest-depth"}[self]


@dataclass(frozen=True)
class BlobHeader:
    """The first 64 bytes of a blob.

    Attributes:
        kind: What the sum of leaves means.
        n_features: Length of a row, 1 to 1024.
        n_trees: Trees, summed in their order.
        n_nodes: Nodes of all trees.
        max_depth: Splits on the longest path of any tree, at most 64.
        n_lengths: Distinct path lengths; 0 for margins.
        base_margin: Where the float32 sum of margins starts; 0 for an isolation forest.
        denominator: Depth sum of an average row; the anomaly score is 2^(-depth sum / denominator).
        offset: The trainer's decision offset: a row is an outlier below it; for display.
    """

    kind: ModelKind
    n_features: int
    n_trees: int
    n_nodes: int
    max_depth: int
    n_lengths: int
    base_margin: float
    denominator: float
    offset: float

    def pack(self) -> bytes:
        """The 64 bytes."""
        counts = (self.n_features, self.n_trees, self.n_nodes, self.max_depth, self.n_lengths)
        floats = (self.base_margin, self.denominator, self.offset)
        return HEADER.pack(MAGIC, VERSION, self.kind.value, *counts, *floats, 0)

    @property
    def blob_bytes(self) -> int:
        """Size of the whole blob."""
        return HEADER.size + 8 * (self.n_trees + self.n_lengths) + NODE_BYTES * self.n_nodes


@dataclass(frozen=True)
class FlatModel:
    """A model whose blob has passed every check; kernels may walk it without looking.

    Attributes:
        header: The parsed header.
        roots: Place of each tree's root among all nodes.
        depths: Splits on the longest path of each tree.
        blob: All bytes, header included.
    """

    header: BlobHeader
    roots: tuple[int, ...]
    depths: tuple[int, ...]
    blob: bytes

    @property
    def kind(self) -> ModelKind:
        """What the model's score means."""
        return self.header.kind

    @property
    def label(self) -> str:
        """The kind, as a manifest names it."""
        return self.header.kind.label

    @property
    def n_features(self) -> int:
        """Length of a row."""
        return self.header.n_features

    @property
    def nodes_visited(self) -> int:
        """Nodes that a walk of one row visits at most, below the roots."""
        return sum(self.depths)

    @property
    def nodes(self) -> memoryview:
        """The nodes' bytes, 8 each."""
        start = HEADER.size + 8 * self.header.n_trees
        return memoryview(self.blob)[start : start + NODE_BYTES * self.header.n_nodes]

    @property
    def lengths(self) -> tuple[float, ...]:
        """Path lengths that leaves point to; empty for margins."""
        count = self.header.n_lengths
        return struct.unpack(f"<{count}d", self.blob[len(self.blob) - 8 * count :])

    def tree_end(self, tree: int) -> int:
        """Place among all nodes of the first node after ``tree``."""
        return self.roots[tree + 1] if tree + 1 < len(self.roots) else self.header.n_nodes


def parse(blob: bytes, accepts: Callable[[bytes], bool] | None = None) -> FlatModel:
    """The model in ``blob``, fully checked.

    Args:
        blob: The bytes.
        accepts: A check of all that is checked here, as the C kernel has it: it takes a tenth of a millisecond where
            the walk over every node in Python takes a tenth of a second. None walks in Python.

    Raises:
        ModelBlobError: Anything but the one legal form of a model.
    """
    data = bytes(blob)
    header = _parse_header(data)
    tables = struct.unpack_from(f"<{2 * header.n_trees}I", data, HEADER.size)
    model = FlatModel(header, tables[: header.n_trees], tables[header.n_trees :], data)
    if accepts is not None and accepts(data):
        return model
    _walk(model)
    if accepts is not None:
        raise ModelBlobError("the scoring library refuses a model that is legal; library and format do not fit")
    return model


def _walk(model: FlatModel) -> None:
    """Every check of what follows the header; says what is wrong where the library only says that something is."""
    header = model.header
    _check_roots(model)
    _check_lengths(model.lengths)
    for tree in range(header.n_trees):
        _check_tree(model, tree)
    if max(model.depths) != header.max_depth:
        raise ModelBlobError(f"max_depth {header.max_depth}, but {max(model.depths)} was found")


def _parse_header(data: bytes) -> BlobHeader:
    if len(data) < HEADER.size:
        raise ModelBlobError(f"{len(data)} bytes; a header alone has {HEADER.size}")
    magic, version, kind, *fields, reserved = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION or reserved != 0:
        raise ModelBlobError(f"not a flat model of version {VERSION}: {magic!r}, version {version}")
    if kind not in {member.value for member in ModelKind}:
        raise ModelBlobError(f"unknown model kind {kind}")
    header = BlobHeader(ModelKind(kind), *fields)
    _check_header(header)
    if header.blob_bytes != len(data):
        raise ModelBlobError(f"{len(data)} bytes, but the header asks for {header.blob_bytes}")
    return header


def _check_header(header: BlobHeader) -> None:
    if not 1 <= header.n_features <= MAX_FEATURES or not 1 <= header.n_trees <= MAX_TREES:
        raise ModelBlobError(
            f"{header.n_features} features and {header.n_trees} trees; legal are 1 to "
            f"{MAX_FEATURES} and 1 to {MAX_TREES}"
        )
    if header.max_depth > MAX_DEPTH:
        raise ModelBlobError(f"depth {header.max_depth}; at most {MAX_DEPTH} is legal")
    floats = (header.base_margin, header.denominator, header.offset)
    if not all(map(math.isfinite, floats)):
        raise ModelBlobError(f"base margin, denominator, offset {floats}: all must be finite")
    if header.kind is ModelKind.MARGIN:
        legal = header.n_lengths == 0 and header.denominator == 0.0 and header.offset == 0.0
    else:
        legal = header.n_lengths > 0 and header.denominator > 0.0 and header.base_margin == 0.0
    if not legal:
        raise ModelBlobError(f"fields of the wrong kind are set for {header.kind.label}")


def _check_roots(model: FlatModel) -> None:
    if model.roots[0] != 0:
        raise ModelBlobError("the first tree does not begin at node 0")
    for tree, root in enumerate(model.roots):
        end = model.tree_end(tree)
        if not root < end <= model.header.n_nodes or end - root > MAX_TREE_NODES:
            raise ModelBlobError(f"tree {tree} spans nodes {root} to {end}")


def _check_lengths(lengths: tuple[float, ...]) -> None:
    if not all(map(math.isfinite, lengths)):
        raise ModelBlobError("a path length is not finite")
    if any(not low < high for low, high in zip(lengths, lengths[1:])):
        raise ModelBlobError("path lengths are not ascending")


def _check_tree(model: FlatModel, tree: int) -> None:
    """Children in breadth-first order, so a walk can neither loop nor leave the tree."""
    root, end = model.roots[tree], model.tree_end(tree)
    leaf_slot = 2 * model.n_features
    unused, level_end, depth = 1, 1, 0
    nodes = model.nodes[NODE_BYTES * root : NODE_BYTES * end]
    for at, (payload, slot, left) in enumerate(struct.iter_unpack("<IHH", nodes)):
        if at >= unused:
            raise ModelBlobError(f"node {at} of tree {tree} is no child of a split; each but the root must be one")
        if at == level_end:
            depth, level_end = depth + 1, unused
        if slot < leaf_slot:
            if left != unused or _is_infinite_or_nan(payload):
                raise ModelBlobError(f"split {at} of tree {tree} is not legal")
            unused += 2
        elif slot != leaf_slot or left != at or not _is_leaf_payload(model.header, payload):
            raise ModelBlobError(f"leaf {at} of tree {tree} is not legal")
    if unused != end - root or depth != model.depths[tree]:
        raise ModelBlobError(f"tree {tree} has missing or spare nodes, or another depth")


def _is_leaf_payload(header: BlobHeader, payload: int) -> bool:
    if header.kind is ModelKind.MARGIN:
        return not _is_infinite_or_nan(payload)
    return payload < header.n_lengths


def _is_infinite_or_nan(bits: int) -> bool:
    """Whether these float32 bits have the exponent of infinity and NaN."""
    return bits & 0x7F800000 == 0x7F800000
