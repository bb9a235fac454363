"""Floats as text that keeps every bit: the form of ``float.hex``."""

from __future__ import annotations

import math
from array import array

from edge_bundle.format.errors import ManifestError


def to_float32(value: float) -> float:
    """``value`` rounded to the nearest float32; beyond its range it becomes an infinity."""
    return float(array("f", [value])[0])


def format_float(value: float) -> str:
    """The text of a finite float.

    Raises:
        ManifestError: ``value`` is NaN or infinite.
    """
    if not math.isfinite(value):
        raise ManifestError(f"got {value}; only finite numbers are legal in a manifest")
    return float(value).hex()


def parse_float(text: str) -> float:
    """The finite float that ``format_float`` wrote as ``text``.

    Raises:
        ManifestError: Any other spelling.
    """
    try:
        value = float.fromhex(text)
    except (ValueError, OverflowError) as exc:
        raise ManifestError(f"got {text[:40]!r}; legal is the text of float.hex") from exc
    if not math.isfinite(value) or value.hex() != text:
        raise ManifestError(f"got {text[:40]!r}; legal is {value.hex()!r}, as float.hex writes it")
    return value
