"""Sealed bundles: found in a folder, checked against their own signers, and matched to a model version."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from edge_bundle.format import archive
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.errors import BundleError
from edge_bundle.format.manifest_json import parse_manifest
from lakehouse.bundle_shelf import SUFFIX


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """One bundle. `problem` says why it was not opened; then only path, size and digest are known."""

    path: str
    size_bytes: int
    sha256: str
    name: str = ""
    version: str = ""
    build: int = 0
    created_at: str = ""
    key_ids: tuple[str, ...] = ()
    model_versions: tuple[str, ...] = ()
    trained_on: tuple[tuple[str, int], ...] = ()
    trees: int = 0
    nodes: int = 0
    features: int = 0
    golden_rows: int = 0
    problem: str = ""

    @property
    def identity(self) -> str:
        """As scores name it: name@version+build."""
        return f"{self.name}@{self.version}+{self.build}"


def find_bundle(place: Path, model_version: str | None) -> BundleFacts | None:
    """The bundle of a model version with the highest build, in a file or below a folder; None where there is none.

    A single named file is always shown, whatever model it carries.
    """
    if place.is_file():
        return bundle_facts(place)
    found = [bundle_facts(path) for path in sorted(place.rglob(f"*{SUFFIX}"))] if place.is_dir() else []
    fitting = [each for each in found if model_version in each.model_versions]
    return max(fitting, key=lambda each: each.build, default=None)


def bundle_facts(path: Path) -> BundleFacts:
    """The content of one bundle whose signatures and digests are all valid."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    try:
        bundle = _intact(data)
    except BundleError as exc:
        return BundleFacts(path.name, len(data), digest, problem=str(exc))
    return _facts(path, bundle)


def _intact(data: bytes) -> TrustedBundle:
    """The bundle, verified against the signers that it names: that it is whole, not whom to trust."""
    leader = archive.next_member(data, 0)
    manifest = parse_manifest(data[leader.start : leader.end])
    return open_bundle(data, [bytes.fromhex(key) for key in manifest.signers])


def _facts(path: Path, bundle: TrustedBundle) -> BundleFacts:
    manifest = bundle.manifest
    return BundleFacts(
        path=path.name,
        size_bytes=bundle.size,
        sha256=bundle.sha256,
        name=manifest.name,
        version=manifest.version,
        build=manifest.build,
        created_at=manifest.created_at,
        key_ids=tuple(hashlib.sha256(bytes.fromhex(key)).hexdigest()[:16] for key in manifest.signers),
        model_versions=tuple(sorted({model.version for model in manifest.models})),
        trained_on=tuple(sorted(manifest.trained_on.items())),
        trees=sum(model.n_trees for model in manifest.models),
        nodes=sum(model.n_nodes for model in manifest.models),
        features=len(manifest.features),
        golden_rows=manifest.golden.count,
    )
