"""How the numbers of a file are written: the decimal sign, and what parts groups of three digits. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_BOTH = re.compile(r"[+-]?\d{1,3}(?:([., '\u2019\u00a0\u202f])\d{3})(?:\1\d{3})*([.,])\d+")
_GROUPS = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+")
_ONE_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}([., '\u2019\u00a0\u202f])\d{3}")
_MARKS = " '\u2019\u00a0\u202f"


@dataclass(frozen=True, slots=True)
class NumberForm:
    """A form of numbers.

    Attributes:
        decimal: Its decimal sign.
        thousands: What parts groups of three digits; empty: nothing.
        evidence: A text that says so.
        question: What the texts cannot say.
    """

    decimal: str = "."
    thousands: str = ""
    evidence: str = ""
    question: str = ""

    def plain(self, text: str) -> str:
        """The text with a decimal point and nothing else."""
        text = text.strip().replace("\u2212", "-")
        text = text.replace(self.thousands, "") if self.thousands else text
        return text.replace(self.decimal, ".")


def number_form(texts: Iterable[str]) -> NumberForm:
    """The one form that all numbers of a file may have; a comma alone is taken for the decimal sign."""
    found = [text.strip().replace("\u2212", "-") for text in texts]
    for text in found:
        if (match := _BOTH.fullmatch(text)) and match[1] != match[2]:
            return NumberForm(match[2], match[1], text)
    for text in found:
        if match := _GROUPS.fullmatch(text):
            return NumberForm("," if match[1] == "." else ".", match[1], text)
    commas, points = [text for text in found if "," in text], [text for text in found if "." in text]
    grouped = {sign: all(map(_ONE_GROUP.fullmatch, texts)) for sign, texts in ((",", commas), (".", points)) if texts}
    marked = next((text for text in found if text[-4:-3] in _MARKS and _ONE_GROUP.fullmatch(text)), "")
    if commas and points:
        if grouped[","]:
            return NumberForm(".", ",", commas[0])
        return NumberForm(",", "." if grouped["."] else "", commas[0])
    if commas:
        question = "do commas part groups of three digits?" if grouped[","] else ""
        return NumberForm(",", marked[-4:-3], commas[0], question)
    return NumberForm(".", marked[-4:-3], marked)
