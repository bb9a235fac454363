"""Which dates of a table are computed again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

T = TypeVar("T")
SAMPLE = 4
"""Dates of a table that are computed again where nothing else is asked for: evenly over all, the newest among them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked for.

    Attributes:
        every: Every date.
        newest: So many of the newest dates.
        span: The first and the last date.
    """

    every: bool = False
    newest: int | None = None
    span: tuple[date, date] | None = None

    @property
    def looks_beyond(self) -> bool:
        """Whether dates count that the table has no rows of."""
        return self.every or self.span is not None

    def of(self, stored: Sequence[date], possible: Iterable[date]) -> tuple[list[date], int]:
        """The dates that are asked for, in order, and of how many.

        Args:
            stored: The dates of the table, in order: a sample is taken of these.
            possible: Further dates for which its sources may have rows; of a table without any a sample is of these.

        >>> days = [date(2026, 3, day) for day in range(1, 9)]
        >>> chosen, count = Choice().of(days, [date(2026, 3, 9)])
        >>> [day.day for day in chosen], count
        ([2, 4, 6, 8], 8)
        """
        if self.looks_beyond:
            dates = sorted({*stored, *possible})
            first, last = self.span or (date.min, date.max)
            return [day for day in dates if first <= day <= last], len(dates)
        known = stored or sorted(possible)
        return self.sample(known), len(known)

    def sample(self, items: Sequence[T]) -> list[T]:
        """The items that are asked for, in order; those of dates that are named are all of them."""
        if self.looks_beyond:
            return list(items)
        count = min(SAMPLE if self.newest is None else self.newest, len(items))
        if self.newest is not None:
            return list(items[len(items) - count :])
        return [items[len(items) * number // count - 1] for number in range(1, count + 1)]
