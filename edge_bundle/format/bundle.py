"""Opening a bundle: nothing in it is read before it is verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from edge_bundle.format import archive, canonical_json, signatures
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import ArchiveError, MemberError
from edge_bundle.format.manifest import Manifest
from edge_bundle.format.manifest_check import check_sealed
from edge_bundle.format.manifest_json import parse_manifest
from edge_bundle.format.model_scorers import scorer_of
from edge_bundle.format.signatures import MAX_SIGNERS, SIGNED_PREFIX, TrustRoot

__all__ = ["MAX_SIGNERS", "SIGNED_PREFIX", "TrustedBundle", "leaders", "open_bundle"]

MAX_BUNDLE_BYTES = 16 * 1024 * 1024
MAX_MANIFEST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class TrustedBundle:
    """A bundle whose signatures, manifest and members have all been checked.

    Attributes:
        manifest: What the bundle says of itself.
        members: Bytes by path, manifest and signature left out; read-only.
        sha256: Digest of the whole file: what a rollout order names.
        size: Bytes of the whole file.
        content_sha256: Digest of the signed manifest, which names all else: later signatures do not change it.
        signers: Raw keys of everyone who signed, later signatures included.
    """

    manifest: Manifest
    members: Mapping[str, bytes]
    sha256: str
    size: int
    content_sha256: str
    signers: tuple[bytes, ...]

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

    def model(self, name: str, accepts: Callable[[bytes], bool] | None = None) -> Any:
        """The model called ``name``, loaded by its kind and checked against its entry; load once and keep it.

        Args:
            name: The model.
            accepts: The library's own check, as for `model_blob.parse`; None checks in Python.

        Returns:
            A `model_scorers.Model`: a `FlatModel` where its kind is one of flat trees.

        Raises:
            MemberError: There is no such model.
            ModelBlobError: The model is not legal or not the one that its entry describes.
        """
        try:
            entry = self.manifest.model(name)
        except KeyError as exc:
            raise MemberError(str(exc.args[0])) from exc
        return scorer_of(entry.kind).load(entry, [self.member(path) for path in entry.paths], accepts)


def open_bundle(source: str | Path | bytes, trusted_keys: Iterable[bytes], *, threshold: int = 1) -> TrustedBundle:
    """The bundle in a file or in bytes, verified: signatures first, then manifest, then members.

    Args:
        source: Path, or the whole file's bytes.
        trusted_keys: Raw Ed25519 public keys, 32 bytes each.
        threshold: How many different trusted keys must have signed: 1 to their number.

    Raises:
        BundleError: By reason: ``ArchiveError``, ``SignatureError``, ``ManifestError``,
            ``MemberError``.
        OSError: The file cannot be read.
    """
    root = signatures.trust_root(trusted_keys, threshold)
    data = source if isinstance(source, bytes) else _read(Path(source))
    manifest_bytes, signers = _verify_leaders(data, root)
    manifest = parse_manifest(manifest_bytes)
    signatures.check_order(signers, manifest.signers)
    parts = {entry.path: data[entry.start : entry.end] for entry in archive.members(data)}
    members = {path: parts[path] for path in parts if path not in archive.LEADERS}
    check_sealed(manifest, members)
    digests = sha256_hex(data), len(data), sha256_hex(manifest_bytes)
    return TrustedBundle(manifest, MappingProxyType(members), *digests, signers)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BUNDLE_BYTES + 1)


def leaders(data: bytes) -> tuple[bytes, bytes]:
    """Manifest and signatures of a bundle, unverified.

    Raises:
        ArchiveError: They are not first, or are too large.
    """
    if len(data) > MAX_BUNDLE_BYTES:
        raise ArchiveError(f"larger than {MAX_BUNDLE_BYTES} bytes; a bundle is a few MB")
    manifest = archive.next_member(data, 0)
    signature = archive.next_member(data, manifest.end + -manifest.end % archive.BLOCK)
    if (manifest.path, signature.path) != archive.LEADERS or manifest.size > MAX_MANIFEST_BYTES:
        raise ArchiveError(f"a bundle begins with {archive.LEADERS}, the first at most 1 MiB")
    return data[manifest.start : manifest.end], data[signature.start : signature.end]


def _verify_leaders(data: bytes, root: TrustRoot) -> tuple[bytes, tuple[bytes, ...]]:
    """The signed manifest bytes and the keys that signed them."""
    manifest_bytes, entries = leaders(data)
    return manifest_bytes, signatures.verify(entries, manifest_bytes, root)
