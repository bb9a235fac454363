"""What reports say of a bundle."""

from pathlib import Path

from edge_bundle.format.bundle import TrustedBundle
from lakehouse.bundle_shelf import bundle_name


def bundle_data(path: Path, bundle: TrustedBundle) -> dict[str, object]:
    """Path, name, size in bytes, digest and model version of a bundle."""
    return {
        "path": path, "bundle": bundle_name(bundle.manifest), "bytes": bundle.size, "sha256": bundle.sha256,
        "model_version": bundle.manifest.models[0].version,
    }  # fmt: skip
