"""Which column holds quality codes, and which of them are good. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
        columns: All columns of codes.
    """

    column: str
    preset: str
    good: tuple[str, ...]
    seen: dict[str, int]
    columns: tuple[str, ...] = ()


def is_quality_name(name: str) -> bool:
    """Whether a column's name says that it holds codes of quality."""
    return _NAME.fullmatch(name) is not None


def paired_quality(names: Sequence[str], texts: Callable[[str], Sequence[str]]) -> QualityGuess | None:
    """A column of codes for each column of values, which has its name and one ending more; None where there is none."""
    pairs = [
        (suffix, texts(name))
        for name in names
        for value in names
        if name != value and name.startswith(value) and is_quality_name((suffix := name[len(value) :]).strip(" _.-"))
    ]
    suffixes = {suffix for suffix, _ in pairs}
    if len(suffixes) != 1:
        return None
    suffix = suffixes.pop()
    found = quality_of(f"{{column}}{suffix}", suffix.strip(" _.-"), [code for _, codes in pairs for code in codes])
    return found and replace(found, columns=tuple(name for name in names if name.endswith(suffix)))


def quality_of(column: str, label: str, texts: Sequence[str]) -> QualityGuess | None:
    """What a column's codes are; None where its name or its texts are none of quality."""
    if not is_quality_name(label) or not texts:
        return None
    seen = dict(Counter(texts).most_common(_MOST_SHOWN))
    codes = {text.strip().casefold() for text in texts}
    if codes <= {"true", "false"}:
        return QualityGuess(column, "", ("true",), seen, (column,))
    preset = _preset(codes)
    return QualityGuess(column, preset, (), seen, (column,)) if preset else None


def _preset(codes: set[str]) -> str:
    """The standard that has all of the codes; empty where none is known."""
    if all(code.startswith(_WORDS) for code in codes):
        return "opc_classic"
    numbers = [int(code) for code in codes if code.isdecimal()]
    if len(numbers) < len(codes):
        return ""
    if any(_GOOD_CLASSIC <= number <= _MOST_CLASSIC for number in numbers):
        return "opc_classic"
    return "opc_ua" if all(number == 0 or number >> _SEVERITY_BIT for number in numbers) else ""
