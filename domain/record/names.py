"""Names of machines, sensors and metrics: blanks around them are no part of them, nor is how an accent was typed."""

from __future__ import annotations

import unicodedata

NAMES = frozenset({
    "sensor_id", "machine_id", "factory_id", "moved_from", "machine_model", "metric", "code",
    "function_id", "kind", "part", "outcome", "answer", "certificate",
})  # fmt: skip
"""Columns of feeds that tell things apart."""


def tidy(text: str) -> str | None:
    """The name in Unicode's normal form C without blanks around it; None where nothing is left.

    Source: Unicode Standard Annex 15.
    """
    bare = text.strip()
    return (bare if bare.isascii() else unicodedata.normalize("NFC", bare)) or None
