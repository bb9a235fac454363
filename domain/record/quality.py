"""The quality code beside a value: which codes are good, and the fault of a value whose code is not.

A code is a text, a number or true/false; texts are compared without regard to case and to blanks around them, and a
text that is a number is that number, so that `192`, `"192"` and `192.0` are one code.

Sources: OPC Data Access 3.00, section 6.8 (quality: the two bits 0xC0 are 11 good, 01 uncertain, 00 bad);
IEC 61850-7-3, section 6.2 (quality: a string of 13 bits, of which the first two are 00 good, 01 invalid, 10 reserved,
11 questionable, and the twelfth marks a value of a test); as a number bit 0 is the first of them;
OPC UA Part 4, section 7.39 (StatusCode: the two highest of 32 bits are 00 good, 01 uncertain, 10 bad; encoders of JSON
leave Good out, Part 6, section 5.4.2.12).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from domain.record import reasons
from domain.record.faults import FieldError

GOOD, UNCERTAIN, BAD = "good", "uncertain", "bad"
PRESETS = ("opc_classic", "opc_ua", "iec_61850")
PLACE = "{column}"
"""In the name of a quality column it stands for the name of the column whose quality it tells."""
_WORDS = (GOOD, UNCERTAIN, BAD)
_VALIDITY = {"good": GOOD, "questionable": UNCERTAIN, "invalid": BAD, "reserved": BAD}
_BITS = re.compile("[01]{13}")
_TEST_BIT = 11


class QualityRule(Protocol):
    """Where quality codes are and which are good; a mapping's rule and a bundle's both are of this form."""

    @property
    def column(self) -> str:
        """The source column of the codes; with `{column}` in it one for each column of values."""

    @property
    def good(self) -> tuple[str, ...]:
        """Codes that are good: texts, numbers, and ranges of numbers as `192..255`."""

    @property
    def uncertain(self) -> tuple[str, ...]:
        """Codes that are uncertain, written like `good`."""

    @property
    def accept_uncertain(self) -> bool:
        """Whether an uncertain value is a reading."""

    @property
    def preset(self) -> str:
        """Empty, or one of `PRESETS`: what the codes of a standard mean that the lists do not name."""

    @property
    def absent(self) -> str:
        """What a value without a code is: good or bad."""


_INFO_BITS, _INFO_TYPE = 0x3FF, 0x400
"""Of a StatusCode the info bits are all 0 unless the info type says what they mean (OPC UA Part 4, 7.39.1)."""
_LEAST_STATUS = 2**16
"""Codes of OPC UA that are not good have their level in the two highest of 32 bits."""


def quality_column(rule: QualityRule | None, column: str) -> str | None:
    """The column with the quality of the values in `column` alone; None where there is none or one for the row."""
    return rule.column.replace(PLACE, column) if rule is not None and PLACE in rule.column else None


def quality_columns(rule: QualityRule | None, cells: Iterable[str]) -> tuple[str, ...]:
    """Every column with quality codes of a source whose values are in `cells`."""
    if rule is None:
        return ()
    return tuple(rule.column.replace(PLACE, cell) for cell in cells) if PLACE in rule.column else (rule.column,)


class QualityReader:
    """Reads the quality codes of one source."""

    def __init__(self, rule: QualityRule) -> None:
        self._rule = rule
        self._good, self._uncertain = _Codes(rule.good), _Codes(rule.uncertain)

    def check(self, column: str, raw: object) -> None:
        """Refuse a code that is not good.

        Raises:
            FieldError: `bad_quality`; the detail has the code.
        """
        level = self.level(raw)
        if level == GOOD or (level == UNCERTAIN and self._rule.accept_uncertain):
            return
        code = "no code" if raw is None or raw == "" else f"{str(raw)[:64]!r}"
        detail = f"{column}: got {code} ({level}); good is {self._legal()}"
        raise FieldError(reasons.BAD_QUALITY, detail, column, shown_code(raw))

    def level(self, raw: object) -> str:
        """Good, uncertain or bad."""
        if isinstance(raw, Mapping):  # OPC UA's JSON: {"Code": 0, "Symbol": "Good"}
            raw = raw.get("Code", raw.get("Symbol", 0))
        text = _text(raw)
        if not text:
            return self._rule.absent
        if self._good.has(text):
            return GOOD
        if self._uncertain.has(text):
            return UNCERTAIN
        return _by_preset(self._rule.preset, text) or BAD

    def _legal(self) -> str:
        named = ", ".join(self._rule.good)
        return " or ".join(
            part for part in (named, f"as {self._rule.preset} says" if self._rule.preset else "") if part
        )


class _Codes:
    """A set of codes and ranges of codes."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        ranges = [tuple(map(_number, code.split(".."))) for code in codes if _is_range(code)]
        self._ranges = [(low, high) for low, high in ranges if low is not None and high is not None]
        self._texts = {_text(code) for code in codes if not _is_range(code)}
        self._numbers = {_number(text) for text in self._texts} - {None}

    def has(self, text: str) -> bool:
        if text in self._texts:
            return True
        number = _number(text)
        if number is None:
            return False
        return number in self._numbers or any(low <= number <= high for low, high in self._ranges)


def shown_code(raw: object) -> str:
    """A code as a text: numbers of 32 bits of OPC UA in hexadecimal, as its standard lists them; `none` for no code."""
    if isinstance(raw, Mapping):
        raw = raw.get("Code", raw.get("Symbol", 0))
    text = "" if raw is None else str(raw).strip()[:64]
    number = _number(text.casefold()) if text else None
    if number is not None and number.is_integer() and _LEAST_STATUS <= number < 2**32:
        return f"0x{int(number):08X}"
    return text or "none"


def is_code(code: str) -> bool:
    """Whether a text can be a code of a rule: not empty, and a range of two numbers where it is a range."""
    low, dots, high = code.partition("..")
    return bool(code.strip()) and (not dots or (_number(low) is not None and _number(high) is not None))


def _is_range(code: str) -> bool:
    return ".." in code


def _text(raw: object) -> str:
    if raw is None:
        return ""
    return ("true" if raw else "false") if isinstance(raw, bool) else str(raw).strip().casefold()


def _number(text: str) -> float | None:
    """The number that a code is, also in hexadecimal with 0x before it."""
    try:
        return float(int(text, 16)) if text[:2] == "0x" else float(text)
    except ValueError:
        return None


def _by_preset(preset: str, text: str) -> str | None:
    """What a standard says of a code; a text begins with the word, as in `Good_Clamped` or `Bad, no communication`."""
    if not preset:
        return None
    if preset == "iec_61850":
        return _of_substation(text)
    number = _number(text)
    if number is None:
        return next((word for word in _WORDS if text.startswith(word)), None)
    if not number.is_integer() or not 0 <= number < 2**32:
        return None
    if preset == "opc_ua":
        is_status = not int(number) & _INFO_BITS or bool(int(number) & _INFO_TYPE)  # 192 of OPC classic is none
        return {0: GOOD, 1: UNCERTAIN}.get(int(number) >> 30, BAD) if is_status else None
    return {3: GOOD, 1: UNCERTAIN}.get(int(number) >> 6 & 3, BAD)


def _of_substation(text: str) -> str | None:
    """What IEC 61850 says of a code: a word, 13 bits, or the number of those bits."""
    if text in _VALIDITY:
        return _VALIDITY[text]
    if _BITS.fullmatch(text):
        return BAD if text[_TEST_BIT] == "1" else {"00": GOOD, "11": UNCERTAIN}.get(text[:2], BAD)
    number = _number(text)
    if number is None or not number.is_integer() or not 0 <= number < 2**13:
        return None
    return BAD if int(number) >> _TEST_BIT & 1 else {0: GOOD, 3: UNCERTAIN}.get(int(number) & 3, BAD)
