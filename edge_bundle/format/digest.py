"""SHA-256 digests in the one spelling used everywhere: 64 lower-case hexadecimal characters."""

from __future__ import annotations

import hashlib
import math
import re
import struct
from collections.abc import Sequence

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_CANONICAL_NAN = struct.pack("<Q", 0x7FF8000000000000)
VECTOR_DIGEST_CHARACTERS = 16


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def is_sha256(text: str) -> bool:
    """Whether ``text`` is a digest in the legal spelling."""
    return _SHA256.match(text) is not None


def vector_digest(row: Sequence[float]) -> str:
    """The digest of a feature vector, 16 characters.

    Args:
        row: Feature values in declared order; missing is NaN, whatever its payload bits.
    """
    packed = b"".join(_CANONICAL_NAN if math.isnan(value) else struct.pack("<d", value) for value in row)
    return sha256_hex(packed)[:VECTOR_DIGEST_CHARACTERS]
