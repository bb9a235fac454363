"""Sealed bundles: found in a folder, checked against their own signers, and matched to a model version."""

import hashlib
from dataclasses import dataclass

from edge_bundle.format import archive
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.errors import BundleError
from edge_bundle.format.manifest_json import parse_manifest
from lakehouse.bundle_shelf import SUFFIX
from lakehouse.storage.errors import MissingError, NoFolderError
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage


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


def find_bundle(place: Storage, model_version: str | None) -> BundleFacts | None:
    """The bundle of a model version with the highest build, below a root; None where there is none."""
    try:
        keys = [entry.key for entry in place.entries() if entry.key.endswith(SUFFIX)]
    except (MissingError, NoFolderError):
        return None
    found = [bundle_facts(place, key) for key in keys]
    fitting = [each for each in found if model_version in each.model_versions]
    return max(fitting, key=lambda each: each.build, default=None)


def bundle_facts(place: Storage, key: Key) -> BundleFacts:
    """The content of one bundle whose signatures and digests are all valid."""
    data = place.read(key)
    digest = hashlib.sha256(data).hexdigest()
    try:
        bundle = _intact(data)
    except BundleError as exc:
        return BundleFacts(key.name, len(data), digest, problem=str(exc))
    return _facts(key.name, bundle)


def _intact(data: bytes) -> TrustedBundle:
    """The bundle, verified against the signers that it names: that it is whole, not whom to trust."""
    leader = archive.next_member(data, 0)
    manifest = parse_manifest(data[leader.start : leader.end])
    return open_bundle(data, [bytes.fromhex(key) for key in manifest.signers])


def _facts(name: str, bundle: TrustedBundle) -> BundleFacts:
    manifest = bundle.manifest
    return BundleFacts(
        path=name,
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
