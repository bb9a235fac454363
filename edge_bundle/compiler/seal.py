"""Draft, members and key to the bytes of a bundle: the same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_bundle.compiler.errors import SealError
from edge_bundle.format import archive
from edge_bundle.format.bundle import leaders, open_bundle
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.errors import BundleError
from edge_bundle.format.manifest import FileEntry, Manifest
from edge_bundle.format.manifest_check import check_sealed
from edge_bundle.format.manifest_json import dump_manifest, parse_manifest
from edge_bundle.format.signatures import ENTRY_BYTES, MAX_SIGNERS, SIGNED_PREFIX

MAX_SEALED_BYTES = 2_300_000
"""Source: `docs/decisions/0124-starting-values.md`, at most 2.3 MB."""


@dataclass(frozen=True, slots=True)
class DraftMember:
    """A member to be sealed: what it is for (one of ``manifest.ROLES``), and its bytes."""

    role: str
    data: bytes


def seal(
    draft: Manifest,
    members: Mapping[str, DraftMember],
    signing_keys: Ed25519PrivateKey | Sequence[Ed25519PrivateKey],
) -> bytes:
    """The bundle of ``draft`` and ``members``, signed, opened again, and found whole.

    Args:
        draft: The manifest; its ``files`` and ``signers`` are filled in here.
        members: Every member by path.
        signing_keys: One key, or several for a device that asks for more or while keys change.

    Raises:
        SealError: The draft or a member is not legal, or the bundle is larger than 2.3 MB.
    """
    keys = [signing_keys] if isinstance(signing_keys, Ed25519PrivateKey) else list(signing_keys)
    if not 1 <= len(keys) <= MAX_SIGNERS:
        raise SealError(f"got {len(keys)} signing keys; legal are 1 to {MAX_SIGNERS}")
    manifest = _complete(draft, members, keys)
    contents = {path: member.data for path, member in members.items()}
    try:
        check_sealed(manifest, contents)
        bundle = archive.pack({**contents, **_leaders(manifest, keys)})
        opened = open_bundle(bundle, [_public(key) for key in keys], threshold=len(keys))
        for entry in manifest.models:
            opened.model(entry.name)
    except BundleError as exc:
        raise SealError(f"this would be no legal bundle: {exc}") from exc
    if len(bundle) > MAX_SEALED_BYTES:
        raise SealError(f"the bundle has {len(bundle)} bytes; at most {MAX_SEALED_BYTES} go to a device")
    return bundle


def add_signature(bundle: bytes, signing_key: Ed25519PrivateKey) -> bytes:
    """The same bundle with one signature more; itself where the key has signed it already. No signed byte changes.

    The caller has opened it: whom to trust is not asked here.

    Raises:
        SealError: It is no bundle, or has as many signatures as are legal.
    """
    try:
        members = {member.path: bundle[member.start : member.end] for member in archive.members(bundle)}
        manifest_bytes, entries = leaders(bundle)
        named = len(parse_manifest(manifest_bytes).signers)
    except BundleError as exc:
        raise SealError(f"this is no bundle that can be signed: {exc}") from exc
    found = [entries[at : at + ENTRY_BYTES] for at in range(0, len(entries), ENTRY_BYTES)]
    key = _public(signing_key)
    if any(entry.startswith(key) for entry in found):
        return bundle
    if len(found) >= MAX_SIGNERS:
        raise SealError(f"it has {len(found)} signatures; legal are at most {MAX_SIGNERS}")
    later = sorted([*found[named:], key + signing_key.sign(SIGNED_PREFIX + manifest_bytes)])
    return archive.pack({**members, archive.SIGNATURE: b"".join([*found[:named], *later])})


def _complete(draft: Manifest, members: Mapping[str, DraftMember], keys: Sequence[Ed25519PrivateKey]) -> Manifest:
    files = {
        path: FileEntry(member.role, len(member.data), sha256_hex(member.data)) for path, member in members.items()
    }
    return replace(draft, files=files, signers=tuple(_public(key).hex() for key in keys))


def _leaders(manifest: Manifest, keys: Sequence[Ed25519PrivateKey]) -> dict[str, bytes]:
    manifest_bytes = dump_manifest(manifest)
    signatures = b"".join(_public(key) + key.sign(SIGNED_PREFIX + manifest_bytes) for key in keys)
    return {archive.MANIFEST: manifest_bytes, archive.SIGNATURE: signatures}


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
