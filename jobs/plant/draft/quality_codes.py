"""Which column holds quality codes, and which of them are good. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_NAME = re.compile(r"(opc_?)?(q|qual|quality|qualit\u00e4t|status)([_ ]?code)?", re.I)
_WORDS = ("good", "bad", "uncertain")
_GOOD_CLASSIC, _MOST_CLASSIC = 192, 255
_SEVERITY_BIT = 30
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class QualityGuess:
    """A column of quality codes.

    Attributes:
        column: Its name.
        preset: The standard whose codes they are; empty: none that is known.
        good: Codes that are good where there is no preset, as TOML has them.
        seen: Codes and how often they come.
    """

    column: str
    preset: str
    good: tuple[str, ...]
    seen: dict[str, int]


def quality_of(column: str, label: str, texts: Sequence[str]) -> QualityGuess | None:
    """What a column's codes are; None where its name or its texts are none of quality."""
    if _NAME.fullmatch(label) is None or not texts:
        return None
    seen = dict(Counter(texts).most_common(_MOST_SHOWN))
    codes = {text.strip().casefold() for text in texts}
    if codes <= {"true", "false"}:
        return QualityGuess(column, "", ("true",), seen)
    preset = _preset(codes)
    return QualityGuess(column, preset, (), seen) if preset else None


def _preset(codes: set[str]) -> str:
    """The standard that has all of the codes; empty where none is known."""
    if all(code.startswith(_WORDS) for code in codes):
        return "opc_classic"
    numbers = [int(code) for code in codes if code.isdecimal()]
    if len(numbers) < len(codes):
        return ""
    if max(numbers) <= _MOST_CLASSIC and max(numbers) >= _GOOD_CLASSIC:
        return "opc_classic"
    return "opc_ua" if all(number == 0 or number >> _SEVERITY_BIT for number in numbers) else ""
