from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_bundle.format import model_blob
from edge_bundle.format.errors import ModelBlobError
from edge_bundle.format.kernel import Kernel
from edge_bundle.format.model_blob import BlobHeader, ModelKind
from edge_bundle.format.reference_kernel import ReferenceKernel
from tests.support.edge_models import kernel_folder, own_library, small_models

INFINITY, NAN = 0x7F800000, 0x7FC00000


@pytest.fixture(scope="module")
def library() -> Kernel:
    return Kernel(kernel_folder() / own_library())


def one_split(
    *,
    slot: int = 0,
    left: int = 1,
    threshold: int = 0x3FC00000,
    leaf: int = 0x3F800000,
    leaf_left: tuple[int, int] = (1, 2),
    depth: int = 1,
    **header: float,
) -> bytes:
    """A margin model with one split, as bytes; every argument spoils one thing."""
    fields: dict[str, Any] = {
        "n_features": 2,
        "n_trees": 1,
        "n_nodes": 3,
        "max_depth": 1,
        "n_lengths": 0,
        "base_margin": 0.5,
    }
    fields |= {"denominator": 0.0, "offset": 0.0, **header}
    nodes = struct.pack("<IHH", threshold, slot, left)
    nodes += b"".join(struct.pack("<IHH", leaf, 4, place) for place in leaf_left)
    return BlobHeader(ModelKind.MARGIN, **fields).pack() + struct.pack("<II", 0, depth) + nodes


def verdicts(blob: bytes, library: Kernel) -> tuple[bool, bool]:
    try:
        model_blob.parse(blob)
    except ModelBlobError:
        return False, library.accepts(blob)
    return True, library.accepts(blob)


def test_a_legal_blob_is_accepted_by_python_and_library(library: Kernel) -> None:
    assert verdicts(one_split(), library) == (True, True)


@pytest.mark.parametrize(
    "blob",
    [
        one_split(slot=5),
        one_split(slot=4),
        one_split(left=0),
        one_split(left=2),
        one_split(left=65535),
        one_split(threshold=INFINITY),
        one_split(threshold=NAN),
        one_split(leaf=NAN),
        one_split(leaf=INFINITY),
        one_split(leaf_left=(0, 2)),
        one_split(leaf_left=(1, 1)),
        one_split(depth=0),
        one_split(depth=2),
        one_split(max_depth=2),
        one_split(max_depth=65),
        one_split(n_features=0),
        one_split(n_features=1025),
        one_split(n_trees=0),
        one_split(n_trees=2),
        one_split(n_trees=2**32 - 1),
        one_split(n_nodes=2),
        one_split(n_nodes=2**32 - 1),
        one_split(n_lengths=1),
        one_split(base_margin=float("nan")),
        one_split(denominator=1.0),
        one_split(offset=float("inf")),
        one_split() + b"\0",
        one_split()[:-1],
        one_split()[:63],
        b"",
        b"X" + one_split()[1:],
        one_split()[:56] + b"\1" + one_split()[57:],
    ],
)
def test_a_spoilt_blob_is_refused_by_python_and_library(blob: bytes, library: Kernel) -> None:
    assert verdicts(blob, library) == (False, False)


def one_tree(depth: int, *nodes: tuple[int, int]) -> bytes:
    """A margin model of one tree over two features; each node is (slot, left), slot 4 a leaf."""
    header = BlobHeader(ModelKind.MARGIN, 2, 1, len(nodes), depth, 0, 0.5, 0.0, 0.0)
    packed = b"".join(struct.pack("<fHH", 1.5, slot, left) for slot, left in nodes)
    return header.pack() + struct.pack("<II", 0, depth) + packed


@pytest.mark.parametrize(
    ("blob", "stray"),
    [
        (one_tree(2, (4, 0), (0, 1), (4, 2)), 1),
        (one_tree(2, (4, 0), (0, 1), (4, 2), (0, 3), (4, 4)), 1),
        (one_tree(2, (0, 1), (4, 1), (4, 2), (0, 3), (4, 4)), 3),
    ],
    ids=["split beside a root that is a leaf", "two of them", "split behind the last child"],
)
def test_a_node_that_no_split_names_is_refused_with_its_place(blob: bytes, stray: int, library: Kernel) -> None:
    assert not library.accepts(blob)
    with pytest.raises(ModelBlobError, match=f"node {stray} of tree 0 is no child of a split"):
        model_blob.parse(blob)


@settings(max_examples=400)
@given(data=st.data())
def test_changed_bytes_never_crash_and_python_and_library_agree(data: st.DataObject, library: Kernel) -> None:
    blob = bytearray(data.draw(st.sampled_from([model.blob for model in small_models()[:2]])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(blob) - 1) | st.integers(0, 100))
        blob[place] = data.draw(st.sampled_from([0, 1, 255]) | st.integers(0, 255))
    changed = bytes(blob)

    accepted, by_library = verdicts(changed, library)

    assert accepted == by_library
    if accepted:
        model = model_blob.parse(changed)
        score = "margins" if model.kind is ModelKind.MARGIN else "depths"
        rows = struct.pack(f"<{model.n_features}f", *[0.25] * model.n_features)
        assert getattr(library, score)(model, rows) == getattr(ReferenceKernel(), score)(model, rows)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_crash(library: Kernel, data: bytes) -> None:
    assert verdicts(data, library) == (False, False)
    assert verdicts(one_split()[:64] + data, library)[1] == verdicts(one_split()[:64] + data, library)[0]


def test_every_truncation_is_refused(library: Kernel) -> None:
    for model in small_models()[:2]:
        for size in range(len(model.blob)):
            assert verdicts(model.blob[:size], library) == (False, False)


def test_path_lengths_out_of_order_are_refused(library: Kernel) -> None:
    forest = small_models()[1]
    start = len(forest.blob) - 8 * forest.header.n_lengths
    swapped = forest.blob[:start] + forest.blob[start + 8 : start + 16] + forest.blob[start : start + 8]
    swapped += forest.blob[start + 16 :]

    assert verdicts(swapped, library) == (False, False)


def test_the_c_and_python_layouts_name_the_same_limits() -> None:
    source = (kernel_folder().parents[1] / "edge_bundle" / "compiler" / "kernel" / "flat.c").read_text()

    assert f"#define MAX_FEATURES {model_blob.MAX_FEATURES}u" in source
    assert f"#define MAX_TREES {model_blob.MAX_TREES}u" in source
    assert f"#define MAX_DEPTH {model_blob.MAX_DEPTH}u" in source
    assert f"> {model_blob.MAX_TREE_NODES}u" in source


def test_library_and_python_agree_on_many_altered_models(library: Kernel) -> None:
    rng = random.Random(20)
    blobs = [one_split(), *(model.blob for model in small_models()[:2])]
    accepted = 0
    for _ in range(20_000):
        blob = bytearray(rng.choice(blobs))
        for _ in range(rng.choice((1, 1, 2, 3))):
            place = rng.randrange(0, len(blob) - 3, rng.choice((1, 2, 4)))
            value = rng.choice((0, 1, 2, 64, 65, 1024, 1025, 0xFFFF, 0x7F800000, 0x7FC00000, rng.getrandbits(32)))
            blob[place : place + 4] = value.to_bytes(4, "little")
        by_python, by_library = verdicts(bytes(blob), library)
        assert by_python == by_library, blob.hex()
        accepted += by_python
    assert 500 < accepted < 19_500


def test_a_model_that_the_library_accepts_is_the_one_that_python_parses(library: Kernel) -> None:
    for model in small_models()[:2]:
        assert model_blob.parse(model.blob, library.accepts) == model_blob.parse(model.blob) == model
        with pytest.raises(ModelBlobError, match="the scoring library refuses a model that is legal"):
            model_blob.parse(model.blob, lambda _: False)
        with pytest.raises(ModelBlobError, match=r"leaf|split|tree|path length"):
            model_blob.parse(model.blob[:-8] + b"\xff" * 8, library.accepts)
