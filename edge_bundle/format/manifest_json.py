"""A manifest to canonical JSON and back, strictly: unknown and missing fields are refused by name."""

from __future__ import annotations

from edge_bundle.format import canonical_json, optional_parts, typed_document
from edge_bundle.format.errors import CanonicalJsonError, ManifestError
from edge_bundle.format.manifest import FORMAT, Manifest


def dump_manifest(manifest: Manifest) -> bytes:
    """The canonical bytes of ``manifest``: what is signed."""
    return canonical_json.dumps({"format": FORMAT, **typed_document.encode(manifest)})


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in ``data``. What its fields say is not checked here: see ``manifest_check``.

    Raises:
        ManifestError: Not canonical JSON, another format, or fields missing, of another type, or unknown and not
            listed as optional.
    """
    try:
        value = canonical_json.loads(data)
    except CanonicalJsonError as exc:
        raise ManifestError(f"manifest: {exc}") from exc
    if not isinstance(value, dict) or value.pop("format", None) != FORMAT:
        raise ManifestError(f"not a manifest of format {FORMAT!r}")
    known = typed_document.without_optional(Manifest, value, optional_parts.listed(value, "manifest"))
    manifest = typed_document.decode(Manifest, known, "manifest")
    if typed_document.encode(manifest) != known:
        raise ManifestError("the manifest is not in its one spelling: a field has its default value")
    return manifest
