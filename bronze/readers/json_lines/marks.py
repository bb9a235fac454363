"""Marks in place of the texts and numbers of a document, which say of a record where in the document its values are.

In a SenML pack a name is joined from two texts, and the records are resolved as those of any pack. So a mark is there a
text or a number itself: joined texts show all their marks, and a sum of two numbers shows none.
"""

import re
from dataclasses import dataclass

from domain.record.json_documents import PLACE
from domain.record.senml import RELATIVE_BELOW

_BEGIN, _END = "\ue000", "\ue001"
_TEXTS = re.compile(f"(?:{_BEGIN}[0-9]+{_END})+")
_TEXT = re.compile(f"{_BEGIN}([0-9]+){_END}")
_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """In place of a value: the numbers of the document's values that are it, one behind the other."""

    numbers: tuple[int, ...]


class Marked:
    """A value with a mark in place of each text and number in it, in the order of the document.

    Args:
        document: The value.
        as_values: Whether the marks are texts and numbers, for `restored`.
    """

    def __init__(self, document: object, *, as_values: bool) -> None:
        self._texts: list[bool] = []
        self._as_values = as_values
        self.value = self._of(document)
        self.is_text = tuple(self._texts)

    def _of(self, value: object) -> object:
        if isinstance(value, dict):
            return {name: self._of(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._of(inner) for inner in value]
        if value is None or isinstance(value, bool):
            return value
        number, is_text = len(self._texts), isinstance(value, str)
        self._texts.append(is_text)
        if not self._as_values:
            return Mark((number,))
        return f"{_BEGIN}{number}{_END}" if is_text else float(RELATIVE_BELOW + number)


def restored(record: dict[str, object]) -> dict[str, object] | None:
    """A record of marks that are texts and numbers, with marks instead; None where a value is no mark, as a sum."""
    found: dict[str, object] = {}
    for name, value in record.items():
        if isinstance(value, bool) or value is None or name == PLACE:
            found[name] = value
        elif isinstance(value, str) and _TEXTS.fullmatch(value):
            found[name] = Mark(tuple(map(int, _TEXT.findall(value))))
        elif isinstance(value, float) and 0 <= value - RELATIVE_BELOW < _MOST:
            found[name] = Mark((int(value - RELATIVE_BELOW),))
        else:
            return None
    return found
