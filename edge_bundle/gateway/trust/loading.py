"""Loading a bundle on the device: verified, parsed, and proved on its golden rows before anything is scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edge_bundle.format import pipeline_bytes
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.compatibility import Device, check_fit
from edge_bundle.format.golden import GoldenResult, check_golden
from edge_bundle.format.kernel import KERNEL_ABI, Kernel, Scorer, hardware_name, signed_kernel, signed_library
from edge_bundle.format.model_scorers import Model
from edge_bundle.format.pipeline import PIPELINE_PATH, Pipeline
from edge_bundle.format.reference_kernel import ReferenceKernel
from edge_bundle.gateway.errors import BundleMismatchError
from edge_bundle.gateway.scoring.score import ModelScorer
from edge_bundle.gateway.trust.rehearsal import rehearse
from edge_bundle.gateway.trust.trial import crash_of


@dataclass(frozen=True)
class LoadedBundle:
    """A bundle that this machine may use.

    Attributes:
        bundle: The verified members.
        pipeline: What is done with a reading.
        scorer: Models and thresholds.
        golden: The proof.
        kernel_reason: Why this scorer is in use.
    """

    bundle: TrustedBundle
    pipeline: Pipeline
    scorer: ModelScorer
    golden: GoldenResult
    kernel_reason: str


def this_device(plant: str | None = None, hardware: Iterable[str] = ()) -> Device:
    """This device.

    Args:
        plant: The plant that it serves; None for whichever its bundle is of.
        hardware: Names that its hardware has beside its architecture's.
    """
    return Device((hardware_name(), *hardware), plant)


def load(path: Path, trusted_keys: Iterable[bytes], threshold: int = 1, device: Device | None = None) -> LoadedBundle:
    """The bundle in a file, ready to score.

    The library that scores is the one that the bundle signed for this machine, loaded from the verified bytes. Where it
    cannot be loaded, or crashes or hangs on the golden rows in a process of its own, plain Python scores.

    Args:
        path: The bundle's file.
        trusted_keys: Raw Ed25519 public keys.
        threshold: How many different ones must have signed.
        device: Who asks; None for this device, whatever plant it serves.

    Raises:
        BundleError: By reason; nothing is parsed before it is verified.
        BundleMismatchError: Its parts do not fit each other or this gateway.
        OSError: The file cannot be read.
    """
    bundle = open_bundle(path, trusted_keys, threshold=threshold)
    manifest = bundle.manifest
    check_fit(manifest.compatible, manifest.min_runtime, manifest.plant, device or this_device())
    if manifest.kernel_abi != KERNEL_ABI:
        raise BundleMismatchError(f"kernel interface {manifest.kernel_abi}; this gateway has {KERNEL_ABI}")
    pipeline = pipeline_bytes.loads(bundle.member(PIPELINE_PATH))
    kernel = _kernel(bundle)
    models, golden = _proved(bundle, kernel)
    scorer = ModelScorer(bundle, pipeline, kernel, models)
    rehearse(pipeline, scorer)
    return LoadedBundle(bundle, pipeline, scorer, golden, kernel.reason)


def _kernel(bundle: TrustedBundle) -> Scorer:
    """The bundle's own library, once it has come through a trial; else plain Python, which says why."""
    found = signed_library(bundle.members)
    if found is not None:
        crash = crash_of(lambda: _proved(bundle, signed_kernel(bundle.members)))
        if crash is not None:
            return ReferenceKernel(f"{found[0]} failed its trial: {crash}")
    return signed_kernel(bundle.members)


def _proved(bundle: TrustedBundle, kernel: Scorer) -> tuple[dict[str, Model], GoldenResult]:
    """The models, and that this kernel computes what the trainer computed."""
    accepts = kernel.accepts if isinstance(kernel, Kernel) else None
    models = {entry.name: bundle.model(entry.name, accepts) for entry in bundle.manifest.models}
    return models, check_golden(bundle, models, kernel)
