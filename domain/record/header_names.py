"""Names of a header in the spelling of the mapping, where they differ in how signs are encoded only.

An accent may be typed as its own sign (Unicode's normal form C joins them), a blank may be one that does not break, and
there are two signs for micro. Such names look the same on every screen.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

_ALIKE = {0x00A0: " ", 0x202F: " ", 0x03BC: "\u00b5"}


def spelled_as(names: Sequence[str], columns: Collection[str]) -> list[str]:
    """The names of a header, each that looks like one of the columns as that column.

    A name that is a column itself stays, and so do names that could be the same column.

    Args:
        names: As the file has them.
        columns: As the mapping has them.
    """
    if all(name.isascii() for name in names):
        return list(names)
    taken = set(names).intersection(columns)
    absent = {_key(column): column for column in columns if column not in taken}
    keys = [name if name in taken else _key(name) for name in names]
    return [
        absent[key] if name not in taken and key in absent and keys.count(key) == 1 else name
        for name, key in zip(names, keys)
    ]


def _key(name: str) -> str:
    """The same text for names that look the same. Source: Unicode Standard Annex 15, normal form C."""
    return name if name.isascii() else unicodedata.normalize("NFC", name).translate(_ALIKE)
