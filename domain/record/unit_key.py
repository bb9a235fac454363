"""The text by which the spelling of a unit is looked up."""

from __future__ import annotations

import unicodedata


def unit_key(text: str) -> str:
    """A unit's text with compatible characters as one (`m³` is `m3`, both signs for micro are one), without blanks.

    The tables of `expectations.units` have these keys.
    """
    return text if text.isascii() and " " not in text else unicodedata.normalize("NFKC", text).replace(" ", "")
