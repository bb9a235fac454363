"""Numbers as people and machines write them: decimal comma, thousands, marks around them. One pattern says all.

A rule of numbers becomes one regular expression, in the syntax that Python and RE2 share, and a replacement of marks;
columns are read by the same expression (`bronze.readers.number_columns`).
"""

from __future__ import annotations

import re
from typing import Protocol

POINT = "."
DECIMALS = (".", ",")
THOUSANDS = ("", ".", ",", " ", "'")
"""What may part groups of three digits, of which the first does not begin with 0: `0,234` is a decimal comma.

A blank is also a thin one or one that does not break, an apostrophe also a curly one.
"""
MINUS = "\u2212"
"""The minus sign of typography, which Swedish and other locales write (Unicode CLDR 46, sv, minusSign)."""
_GROUP = {"": "", ".": r"\.", ",": ",", " ": "[ \u00a0\u2009\u202f]", "'": "['\u2019]"}
_BLANKS = "[ \t\u00a0\u2009\u202f]*"


class NumberRule(Protocol):
    """How numbers are written in a source of texts."""

    @property
    def decimal(self) -> str:
        """What parts whole and fraction."""

    @property
    def thousands(self) -> str:
        """What may part groups of three digits; empty: nothing does."""

    @property
    def strip(self) -> tuple[str, ...]:
        """Marks before or behind a number that are left out, such as `<`, `*` or a unit."""


def is_plain(rule: NumberRule) -> bool:
    """Whether numbers are written as everywhere in computing: point, no groups, no marks."""
    return rule.decimal == POINT and not rule.thousands and not rule.strip


class NumberForm:
    """The form of one source's numbers.

    Attributes:
        pattern: Regular expression of the whole text; group 1 is the number.
        group: Regular expression of what parts groups of digits; empty where nothing does.
        decimal: What parts whole and fraction.
    """

    def __init__(self, rule: NumberRule) -> None:
        self.decimal, self.group = rule.decimal, _GROUP[rule.thousands]
        point = re.escape(rule.decimal)
        digits = f"(?:[1-9][0-9]{{0,2}}(?:{self.group}[0-9]{{3}})+|[0-9]+)" if self.group else "[0-9]+"
        number = rf"[+-]?(?:{digits}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        named = "[+-]?(?:[nN][aA][nN]|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)"
        marks = "|".join(_escaped(mark) for mark in sorted(rule.strip, key=len, reverse=True))
        around = f"(?:(?:{marks}){_BLANKS})*" if marks else ""
        before, behind = f"{_BLANKS}{around}", f"{_BLANKS}{around}"
        self.pattern = f"^{before}({number}|{named}){behind}$"
        self._whole, self._group = re.compile(self.pattern), re.compile(self.group) if self.group else None
        self.legal = f"a number such as {_example(rule)}"

    def plain(self, text: str) -> str | None:
        """The number in the text as Python and JSON write it; None where there is none of this form."""
        found = self._whole.fullmatch(text)
        if found is None:
            return None
        number = found[1] if self._group is None else self._group.sub("", found[1])
        return number if self.decimal == POINT else number.replace(self.decimal, POINT)


def _escaped(mark: str) -> str:
    """The mark as a regular expression of Python and RE2: `re.escape` writes a blank as RE2 does not read it."""
    return "".join(f"\\{sign}" if sign in r"\.^$*+?()[]{}|" else sign for sign in mark)


def _example(rule: NumberRule) -> str:
    return f"1{rule.thousands}450{rule.decimal}5"
