"""What a device loads beside the bundle is what the bundle's signature covers, or does not score."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_bundle.compiler.seal import DraftMember
from edge_bundle.format.kernel import ARCHITECTURES, library_name
from edge_bundle.gateway.trusted import LoadedBundle, load
from tests.edge_bundle.gateway.plants import sealed, small_pipeline
from tests.support.edge_models import TRUSTED, kernel_folder, own_library


def loaded(folder: Path, library: bytes, *, is_signed: bool = True) -> LoadedBundle:
    """The small bundle, the three libraries signed in it or none, beside a folder with this library."""
    names = map(library_name, ARCHITECTURES) if is_signed else ()
    kernels = {f"kernel/{name}": DraftMember("kernel", (kernel_folder() / name).read_bytes()) for name in names}
    (folder / "small.bundle").write_bytes(sealed(small_pipeline(), others=kernels))
    (folder / own_library()).write_bytes(library)
    return load(folder / "small.bundle", [TRUSTED], folder)


def true_library() -> bytes:
    return (kernel_folder() / own_library()).read_bytes()


def test_the_library_that_the_bundle_signed_scores(tmp_path: Path) -> None:
    assert loaded(tmp_path, true_library()).kernel_reason == f"{own_library()} fits this machine"


@pytest.mark.parametrize("library", [b"no library", None], ids=["garbage", "one byte more"])
def test_another_library_is_not_loaded_and_plain_python_scores_and_says_why(
    tmp_path: Path, library: bytes | None
) -> None:
    mine = loaded(tmp_path, library or true_library() + b"\0")

    assert mine.golden.scorer == "python"
    assert mine.kernel_reason.startswith(f"{own_library()} has SHA-256 ")
    assert mine.kernel_reason.endswith("; take that one, out of the bundle")


def test_beside_a_bundle_without_libraries_any_that_gives_the_golden_scores_is_taken(tmp_path: Path) -> None:
    assert loaded(tmp_path, true_library() + b"\0", is_signed=False).golden.scorer == "library"
