"""A pipeline read from a member's bytes, and checked."""

from typing import Any

from edge_bundle.format import bounds, canonical_json
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.optional_parts import listed
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.format.pipeline_check import check
from edge_bundle.format.typed_document import decode, without_optional


def loads(data: bytes) -> Pipeline:
    """The pipeline in a member's bytes.

    Raises:
        ManifestError: As for `parse`, or more bytes than are legal.
        CanonicalJsonError: It is not canonical JSON.
    """
    if len(data) > bounds.MAX_DOCUMENT_BYTES:
        raise ManifestError(f"pipeline: {len(data)} bytes; legal are at most {bounds.MAX_DOCUMENT_BYTES}")
    return parse(canonical_json.loads(data))


def parse(document: Any) -> Pipeline:
    """The pipeline that ``document`` (parsed JSON) spells.

    Raises:
        ManifestError: A missing key, an unknown one that is not listed as optional, a value of another type, parts that
            contradict each other, or more than a device can work with.
    """
    known = without_optional(Pipeline, document, listed(document, "pipeline"))
    pipeline = decode(Pipeline, known, "pipeline")
    check(pipeline)
    return pipeline
