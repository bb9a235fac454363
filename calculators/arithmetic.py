"""Exact arithmetic: every number is a fraction of whole numbers, so that no cent is lost before the last line.

`page.js` has the same functions over big integers; a test compares the two in a browser.
"""

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

Number = Fraction
Row = TypeVar("Row")


MOST_EXPONENT = 99  # a text of a few letters must not fill the memory
_TEXT = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,2}))?", re.IGNORECASE | re.ASCII)


def number(value: Fraction | Decimal | int | str) -> Number:
    """The value, exactly; a text such as 0.85 is what its digits say, 10/3 a fraction. Floats are not taken.

    Raises:
        ValueError: A text that is no number, no number at all, or a power of ten beyond 99.
        ZeroDivisionError: A fraction of 0.
    """
    if isinstance(value, str):
        over, slash, under = value.partition("/")
        return _parsed(over) / _parsed(under) if slash else _parsed(over)
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) <= MOST_EXPONENT):
        raise ValueError(f"{value} is no number, or too large or small")
    return Fraction(value)


def _parsed(text: str) -> Number:
    found = _TEXT.fullmatch(text.strip())
    if found is None or not (found[2] or found[3]):
        raise ValueError(f"{text!r} is no number")
    return Fraction(text.strip())


def total(values: Iterable[Number]) -> Number:
    """The sum; of nothing 0."""
    return sum(values, Fraction(0))


def product(values: Iterable[Number]) -> Number:
    """The product; of nothing 1."""
    return math.prod(values, start=Fraction(1))


def largest(values: Iterable[Number]) -> Number:
    """The largest of values that are not negative; of nothing 0."""
    return max(values, default=Fraction(0))


def power(base: Number, exponent: Number) -> Number:
    """The base, times itself; the exponent is a whole number that is not negative."""
    return product(base for _ in range(int(exponent)))


def count_up(last: Number) -> tuple[Number, ...]:
    """1, 2, and so on, up to a whole number."""
    return tuple(Fraction(each) for each in range(1, int(last) + 1))


def earlier(rows: Sequence[Row], row: Row) -> Sequence[Row]:
    """The rows before a row; names of rows are unique."""
    return rows[: rows.index(row)]


def rounded(value: Number, decimals: int) -> Decimal:
    """The value with so many digits behind the point; a tie goes to the even digit.

    Source: IEEE 754-2019, 4.3.1, roundTiesToEven; as banks round, so that sums of rounded amounts have no bias.
    """
    return Decimal(round(value * 10**decimals)).scaleb(-decimals)


def whole_cents(value: Number) -> int:
    """An amount of money in whole cents; a tie goes to the even cent."""
    return round(value * 100)
