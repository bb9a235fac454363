"""Bundles of the right key that no honest trainer would seal."""

from __future__ import annotations

import json
from collections.abc import Mapping

from edge_bundle.format import archive, canonical_json
from edge_bundle.format.digest import sha256_hex
from edge_bundle.format.signatures import SIGNED_PREFIX
from tests.support.edge_models import SIGNING_KEY, TRUSTED


def parts(bundle: bytes) -> dict[str, bytes]:
    """Every member by path, the leaders included."""
    return {member.path: bundle[member.start : member.end] for member in archive.members(bundle)}


def sealed_again(members: Mapping[str, bytes]) -> bytes:
    """The members under a signature that holds, whatever they say; digests and sizes are the manifest's affair."""
    signature = SIGNING_KEY.sign(SIGNED_PREFIX + members["manifest.json"])
    return archive.pack({**members, "manifest.sig": TRUSTED + signature})


def stated(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The members with a manifest that states their sizes and digests."""
    manifest = json.loads(members["manifest.json"])
    for path, entry in manifest["files"].items():
        if isinstance(entry, dict) and path in members:
            entry.update(size=len(members[path]), sha256=sha256_hex(members[path]))
    return {**members, "manifest.json": canonical_json.dumps(manifest)}
