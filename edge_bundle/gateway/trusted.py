"""Loading a bundle on the device: verified, parsed, and proved on its golden rows before anything is scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edge_bundle.format import pipeline as pipeline_format
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.golden import GoldenResult, check_golden
from edge_bundle.format.kernel import ARCHITECTURES, KERNEL_ABI, library_name, load_kernel
from edge_bundle.format.manifest import Manifest
from edge_bundle.format.model_blob import FlatModel
from edge_bundle.format.pipeline import PIPELINE_PATH, Pipeline
from edge_bundle.gateway.errors import BundleMismatchError
from edge_bundle.gateway.score import ModelScorer


@dataclass(frozen=True)
class LoadedBundle:
    """A bundle that this machine may use.

    Attributes:
        bundle: The verified members.
        pipeline: What a reading meets on its road.
        scorer: Models and thresholds.
        golden: The proof.
        kernel_reason: Why this scorer is in use.
    """

    bundle: TrustedBundle
    pipeline: Pipeline
    scorer: ModelScorer
    golden: GoldenResult
    kernel_reason: str


def load(path: Path, trusted_keys: Iterable[bytes], kernel_folder: Path) -> LoadedBundle:
    """The bundle in a file, ready to score.

    A library that is not the one which the bundle holds for this machine does not score: plain Python does instead.

    Raises:
        BundleError: By reason; nothing is parsed before it is verified.
        BundleMismatchError: Its parts do not fit each other or this gateway.
        OSError: The file cannot be read.
    """
    bundle = open_bundle(path, trusted_keys)
    if bundle.manifest.kernel_abi != KERNEL_ABI:
        raise BundleMismatchError(f"kernel interface {bundle.manifest.kernel_abi}; this gateway has {KERNEL_ABI}")
    pipeline = pipeline_format.parse(bundle.json(PIPELINE_PATH))
    models: dict[str, FlatModel] = {entry.name: bundle.model(entry.name) for entry in bundle.manifest.models}
    kernel = load_kernel(kernel_folder, _signed_libraries(bundle.manifest))
    golden = check_golden(bundle, models, kernel)
    return LoadedBundle(bundle, pipeline, ModelScorer(bundle, pipeline, kernel, models), golden, kernel.reason)


def _signed_libraries(manifest: Manifest) -> dict[str, str]:
    """SHA-256 of the bundle's libraries by file name; a bundle may have none."""
    names = map(library_name, ARCHITECTURES)
    return {name: manifest.files[f"kernel/{name}"].sha256 for name in names if f"kernel/{name}" in manifest.files}
