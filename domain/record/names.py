"""Names of machines, sensors and metrics: blanks around them are no part of them, nor is how an accent was typed."""

from __future__ import annotations

import unicodedata

NAMES = frozenset({
    "sensor_id", "machine_id", "factory_id", "moved_from", "machine_model", "metric", "code",
    "function_id", "kind", "part", "outcome", "answer", "certificate",
})  # fmt: skip
"""Columns of feeds that tell things apart."""


_UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Signs without ink: soft hyphen, marks of direction and of joining, byte order mark. They come with a name that was
copied from a document or a window. Source: the Unicode Standard, section 23.2, and Unicode Standard Annex 9."""


def tidy(text: str) -> str | None:
    """The name in Unicode's normal form C without blanks and unseen signs around it; None where nothing is left.

    Source: Unicode Standard Annex 15.
    """
    bare = text.strip()
    return bare or None if bare.isascii() else _tidy(bare)


def _tidy(bare: str) -> str | None:
    while (inner := bare.strip(_UNSEEN).strip()) != bare:
        bare = inner
    return unicodedata.normalize("NFC", bare) or None


def looks(name: str) -> str:
    """What a person takes a name for: without case, width and unseen signs. Names of one look are most likely one.

    >>> looks("P\u200b1") == looks("\uff301") == looks("p1")
    True
    """
    if name.isascii():
        return name.casefold()
    return unicodedata.normalize("NFKC", name.translate(dict.fromkeys(map(ord, _UNSEEN)))).casefold()
