"""Which records of a file are those of a source, where the file has others beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from domain.record.states import word_of


class OnlyRule(Protocol):
    """A condition on one column: it has one of the words, none of them, or any content where there are no words."""

    @property
    def column(self) -> str:
        """The source's column, or a path."""

    @property
    def words(self) -> tuple[str, ...]:
        """Contents; a number and a boolean are words as JSON writes them."""

    @property
    def is_not(self) -> bool:
        """Whether the words are those of the other records; an empty column has none of them."""


class OnlyWhere:
    """Tells the records of one source from all others.

    Args:
        rule: The condition.
        missing: Texts that mean "no value".
    """

    def __init__(self, rule: OnlyRule, missing: Collection[str] = ()) -> None:
        self.column, self._is_not = rule.column, rule.is_not
        self._words, self._missing = frozenset(rule.words), frozenset(missing)

    def takes(self, fields: Mapping[str, object]) -> bool:
        """Whether a record is one of the source."""
        return self.takes_value(fields.get(self.column))

    def takes_value(self, raw: object) -> bool:
        """The same by the content of the column: an empty object and an empty array are none."""
        if isinstance(raw, (dict, list)):
            return bool(raw) and (self._is_not or not self._words)
        word = "" if raw is None else word_of(raw) or ("" if isinstance(raw, str) else str(raw))
        word = "" if word in self._missing else word
        if not self._words:
            return bool(word)
        return (word in self._words) != self._is_not
