"""Opening a bundle: nothing in it is read before it is verified."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from edge_bundle.format import archive, canonical_json, ed25519, model_blob
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import (
    ArchiveError,
    ManifestError,
    MemberError,
    ModelBlobError,
    SignatureError,
)
from edge_bundle.format.manifest import Manifest, ModelEntry
from edge_bundle.format.manifest_check import check_sealed
from edge_bundle.format.manifest_json import dump_manifest, parse_manifest

SIGNED_PREFIX = b"assay-bundle/1\0"
MAX_BUNDLE_BYTES = 16 * 1024 * 1024
MAX_MANIFEST_BYTES = 1024 * 1024
MAX_SIGNERS = 8
_SIGNATURE_ENTRY = ed25519.PUBLIC_KEY_BYTES + ed25519.SIGNATURE_BYTES


@dataclass(frozen=True)
class TrustedBundle:
    """A bundle whose signatures, manifest and members have all been checked.

    Attributes:
        manifest: What the bundle says of itself.
        members: Bytes by path, manifest and signature left out; read-only.
        sha256: Digest of the whole file: what a rollout order names.
        size: Bytes of the whole file.
    """

    manifest: Manifest
    members: Mapping[str, bytes]
    sha256: str
    size: int

    def member(self, path: str) -> bytes:
        """The bytes of one member.

        Raises:
            MemberError: There is none of that path.
        """
        try:
            return self.members[path]
        except KeyError:
            raise MemberError(f"no member {path!r}; there are {sorted(self.members)}") from None

    def json(self, path: str) -> Any:
        """The value of a member in canonical JSON.

        Raises:
            MemberError: There is none of that path.
            CanonicalJsonError: It is not canonical JSON.
        """
        return canonical_json.loads(self.member(path))

    def model(self, name: str) -> model_blob.FlatModel:
        """The model called ``name``, parsed and checked against its entry; parse once and keep it.

        Raises:
            MemberError: There is no such model.
            ModelBlobError: The blob is not legal or not the one that its entry describes.
        """
        try:
            entry = self.manifest.model(name)
        except KeyError as exc:
            raise MemberError(str(exc.args[0])) from exc
        model = model_blob.parse(self.member(entry.file))
        _check_entry(entry, model.header)
        return model


def open_bundle(source: str | Path | bytes, trusted_keys: Iterable[bytes], *, threshold: int = 1) -> TrustedBundle:
    """The bundle in a file or in bytes, verified: signatures first, then manifest, then members.

    Args:
        source: Path, or the whole file's bytes.
        trusted_keys: Raw Ed25519 public keys, 32 bytes each.
        threshold: How many different trusted keys must have signed.

    Raises:
        BundleError: By reason: ``ArchiveError``, ``SignatureError``, ``ManifestError``,
            ``MemberError``.
        OSError: The file cannot be read.
    """
    data = source if isinstance(source, bytes) else _read(Path(source))
    manifest_bytes, signers = _verify_leaders(data, set(trusted_keys), threshold)
    manifest = parse_manifest(manifest_bytes)
    if manifest.signers != tuple(key.hex() for key in signers):
        raise SignatureError("the signatures are not those of the signers that the manifest names")
    if dump_manifest(manifest) != manifest_bytes:
        raise ManifestError("the manifest is not in its one spelling")
    parts = {entry.path: data[entry.start : entry.end] for entry in archive.members(data)}
    members = {path: parts[path] for path in parts if path not in archive.LEADERS}
    check_sealed(manifest, members)
    return TrustedBundle(manifest, MappingProxyType(members), sha256_hex(data), len(data))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BUNDLE_BYTES + 1)


def _verify_leaders(data: bytes, trusted_keys: set[bytes], threshold: int) -> tuple[bytes, list[bytes]]:
    """The signed manifest bytes and the keys that signed them."""
    if len(data) > MAX_BUNDLE_BYTES:
        raise ArchiveError(f"larger than {MAX_BUNDLE_BYTES} bytes; a bundle is a few MB")
    manifest = archive.next_member(data, 0)
    signature = archive.next_member(data, manifest.end + -manifest.end % archive.BLOCK)
    if (manifest.path, signature.path) != archive.LEADERS or manifest.size > MAX_MANIFEST_BYTES:
        raise ArchiveError(f"a bundle begins with {archive.LEADERS}, the first at most 1 MiB")
    manifest_bytes = data[manifest.start : manifest.end]
    signers = _verify_signatures(data[signature.start : signature.end], manifest_bytes)
    if len(set(signers) & trusted_keys) < max(threshold, 1):
        raise SignatureError(
            f"signed by {[key.hex()[:16] for key in signers]}; {threshold} of the "
            f"{len(trusted_keys)} trusted keys are needed"
        )
    return manifest_bytes, signers


def _verify_signatures(entries: bytes, manifest_bytes: bytes) -> list[bytes]:
    """The public keys in ``manifest.sig``: pairs of raw key and raw signature, all of which hold."""
    count, rest = divmod(len(entries), _SIGNATURE_ENTRY)
    if rest or not 1 <= count <= MAX_SIGNERS:
        raise SignatureError(f"manifest.sig holds 1 to {MAX_SIGNERS} keys with signatures")
    keys: list[bytes] = []
    for at in range(0, len(entries), _SIGNATURE_ENTRY):
        key = entries[at : at + ed25519.PUBLIC_KEY_BYTES]
        signature = entries[at + ed25519.PUBLIC_KEY_BYTES : at + _SIGNATURE_ENTRY]
        if not ed25519.verify(key, signature, SIGNED_PREFIX + manifest_bytes):
            raise SignatureError(f"the signature of key {key.hex()[:16]} does not hold")
        keys.append(key)
    return keys


def _check_entry(entry: ModelEntry, header: model_blob.BlobHeader) -> None:
    stated = (entry.kind, entry.n_features, entry.n_trees, entry.n_nodes, entry.max_depth)
    found = (header.kind.label, header.n_features, header.n_trees, header.n_nodes, header.max_depth)
    if stated != found:
        raise ModelBlobError(f"model {entry.name!r} is {found}; its entry says {stated}")
