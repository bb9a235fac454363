"""One field of a record to the type of its column, or the fault that says why not."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Union

from domain.record import reasons
from domain.record.canonical import WHOLE_LIMIT, scalar_text
from domain.record.faults import FieldError
from domain.record.number_text import MINUS, NumberForm, NumberRule, is_plain
from domain.record.quality import QualityReader, QualityRule
from domain.record.states import States, word_of
from domain.record.times import EPOCH, FINE_UNITS, NUMBERS, TimeReader, TimeRule, lost_s, scaled_us

TEXT, NUMBER, INTEGER, BOOLEAN, TIME, SCALAR = "text", "number", "integer", "boolean", "time", "scalar"
QUALITY, TIME_PART, ONLY, EXPORTED = "quality", "time part", "only", "export time"
"""What a field is read as; a scalar is a text, number or boolean that becomes a text, a quality a code of a value.

A time part is read with its time alone, an export time by a rule of its own.
Of a column of `only` its content alone is looked at: whose record it is.
"""
Value = Union[str, float, bool, None]
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NAMED = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_INT64 = 2**63


class CellReader:
    """Reads the fields of one source's records. Every method gives None where the field is blank.

    All methods take the source's column, and what the file holds in it: a text (CSV), or a text, number, boolean or
    None (JSON, Parquet). All raise `FieldError` where that is not of the type.

    Args:
        missing: Texts that mean "no value", as text or as number; an empty text and null always do.
        time: What the source's times mean; None where it has none.
        is_text: Whether the format knows texts only, so that numbers are written as texts.
        quality: What the source's quality codes mean; None where it has none.
        quoted_numbers: Whether a number may be a text although the format knows numbers.
        numbers: How numbers are written there; None: as everywhere in computing.
        series: Columns whose texts say what a reading belongs to: the repeated hour is read by their order.
    """

    def __init__(  # noqa: PLR0913 - one argument for each rule of a source
        self,
        missing: Iterable[str],
        time: TimeRule | None,
        *,
        is_text: bool,
        quality: QualityRule | None = None,
        quoted_numbers: bool = False,
        numbers: NumberRule | None = None,
        series: tuple[str, ...] = (),
    ) -> None:
        self._missing = frozenset(missing)
        self._missing_numbers = numbers_in(self._missing, numbers)
        self._is_nan_missing = any(math.isnan(number) for number in self._missing_numbers)
        self._is_text, self._has_number_texts = is_text, is_text or quoted_numbers
        self._quality = QualityReader(quality) if quality else None
        self._rule, self._time = time, TimeReader(time) if time else None
        self._form = NumberForm(numbers) if numbers is not None and not is_plain(numbers) else None
        self._series = series
        self.readers: dict[str, Callable[[str, object], Value]] = {
            TEXT: self.text,
            NUMBER: self.number,
            INTEGER: self.integer,
            BOOLEAN: self.boolean,
            SCALAR: self.scalar,
            QUALITY: self.quality,
        }

    def is_missing(self, raw: object) -> bool:
        """Whether a field holds no value: null, empty, or one of the missing texts (as text or as number)."""
        if raw is None or raw == "":
            return True
        if not self._missing or isinstance(raw, bool):
            return False
        if isinstance(raw, str):
            return raw in self._missing
        if isinstance(raw, float) and math.isnan(raw):
            return self._is_nan_missing
        return isinstance(raw, (int, float)) and raw in self._missing_numbers

    def text(self, column: str, raw: object) -> str | None:
        """A text; in JSON also a whole number, such as the number of a machine or an alarm."""
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        if isinstance(raw, str):
            return raw if raw and raw not in self._missing else None
        if self.is_missing(raw):
            return None
        raise _wrong(column, raw, "a text or a whole number")

    def number(self, column: str, raw: object) -> float | None:
        """A finite number; there is one zero, which has no sign."""
        if self._has_number_texts and isinstance(raw, str):
            raw = self._number_text(column, raw)
        elif self.is_missing(raw):
            return None
        return None if raw is None else _finite(column, raw)

    def stated(self, column: str, raw: object, states: States) -> float | None:
        """The number of a word, where `states` has it, also of a number in any spelling; else as `number`."""
        if not states or self.is_missing(raw):
            return self.number(column, raw)
        known = states.get(word_of(raw))
        if known is not None:
            return known
        try:
            number = self.number(column, raw)
            return number if number is None else states.get(word_of(number), number)
        except FieldError as exc:
            words = ", ".join(sorted(states))[:500]
            raise FieldError(exc.fault.reason, f"{exc.fault.detail}, or one of the states {words}", column) from exc

    def integer(self, column: str, raw: object) -> int | None:
        """A whole number of 64 bits."""
        if self._has_number_texts and isinstance(raw, str):
            raw = self._number_text(column, raw, is_integer=True)
        if self.is_missing(raw):
            return None
        if isinstance(raw, int) and not isinstance(raw, bool) and -_INT64 <= raw < _INT64:
            return raw
        number = _finite(column, raw)
        if isinstance(raw, float) and number.is_integer() and abs(number) < WHOLE_LIMIT:
            return int(number)
        raise _wrong(column, raw, "a whole number of 64 bits")

    def boolean(self, column: str, raw: object) -> bool | None:
        """True or false; as text also 1 and 0, whatever the case."""
        if self.is_missing(raw):
            return None
        if isinstance(raw, bool):
            return raw
        if not self._is_text or not isinstance(raw, str):
            raise _wrong(column, raw, "true or false")
        if raw.lower() not in {"true", "false", "1", "0"}:
            raise _wrong(column, raw, "true, false, 1 or 0")
        return raw.lower() in {"true", "1"}

    def instant(self, fields: Mapping[str, object]) -> int | None:
        """The time of a record, microseconds since the epoch; None where its column is blank, or without a rule.

        Args:
            fields: The record's fields by source column.
        """
        rule = self._rule
        if rule is None or self._time is None:
            return None
        fields = {**fields, **rule.given} if rule.given else fields
        at_us = self._stamp(rule, self._time, fields)
        if at_us is None or not (rule.plus_column or rule.earlier_us):
            return at_us
        plus = self.number(rule.plus_column, fields.get(rule.plus_column)) if rule.plus_column else 0
        if plus is None and not rule.plus_optional:
            raise FieldError(reasons.MISSING_FIELD, f"{rule.plus_column} is empty: it is part of the time", rule.column)
        return self._time.in_years(at_us + round(scaled_us(plus or 0, rule.plus_unit)) - rule.earlier_us, fields)

    def _stamp(self, rule: TimeRule, reader: TimeReader, fields: Mapping[str, object]) -> int | None:
        raw = fields.get(rule.column)
        if rule.kind in NUMBERS:
            is_whole = rule.kind == EPOCH and rule.unit in FINE_UNITS
            number = self._whole_or_number(rule.column, raw) if is_whole else self.number(rule.column, raw)
            if number is None:
                return None
            unit = rule.unit if rule.kind == EPOCH else "d"
            if isinstance(raw, str) and (lost := lost_s(raw, number, unit)):
                detail = f"{rule.column}: got {raw[:64]!r}, whose last digit is worth {lost:,.0f} s; legal: all digits"
                raise FieldError(reasons.TIME_UNREADABLE, detail, rule.column)
            return reader.from_number(number, self._series_of(fields))
        if self.is_missing(raw):
            return None
        texts = [self._time_text(rule, column, fields.get(column)) for column in (rule.column, *rule.joined)]
        return reader.from_text(" ".join(texts) if rule.joined else texts[0], self._series_of(fields))

    def _time_text(self, rule: TimeRule, column: str, raw: object) -> str:
        if isinstance(raw, str):
            return raw
        if raw is None:
            return ""
        if rule.format and isinstance(raw, int) and not isinstance(raw, bool):
            return str(raw)  # 20261102 is a date of the form %Y%m%d whether in quotes or not
        raise _wrong(column, raw, f"a time in quotes ({rule.kind})")

    def _series_of(self, fields: Mapping[str, object]) -> tuple[str, ...]:
        return tuple(str(fields.get(column)) for column in self._series)

    def _whole_or_number(self, column: str, raw: object) -> float | None:
        """A whole number exactly where it is one of 64 bits, else a number."""
        if self._has_number_texts and isinstance(raw, str) and _INTEGER.fullmatch(raw.strip(" \t")):
            return self.integer(column, raw)
        if isinstance(raw, int) and not isinstance(raw, bool) and not self.is_missing(raw):
            return self.integer(column, raw)
        return self.number(column, raw)

    def scalar(self, column: str, raw: object) -> str | None:
        """A text, number or boolean as text, whole numbers without a fraction."""
        if self.is_missing(raw):
            return None
        if not isinstance(raw, (str, bool, int, float)):
            raise _wrong(column, raw, "a text, a number, true or false")
        try:
            return scalar_text(raw)
        except ValueError as exc:
            raise FieldError(reasons.NOT_FINITE, f"{column}: got {raw}; legal: a finite number", column) from exc

    def quality(self, column: str, raw: object) -> None:
        """Nothing, where the quality code is good; a blank one is what the rule says of a value without a code."""
        if self._quality is not None:
            self._quality.check(column, None if str(raw) in self._missing else raw)

    def _number_text(self, column: str, text: str, *, is_integer: bool = False) -> float | None:
        if not text or text in self._missing:
            return None
        bare = text.strip(" \t").replace(MINUS, "-")
        if self._form is not None:
            plain = self._form.plain(bare)
            if plain is None:
                raise _wrong(column, text, self._form.legal)
            bare = plain
        if is_integer and _INTEGER.fullmatch(bare):
            number: float = int(bare)
        elif _NUMBER.fullmatch(bare) or _NAMED.fullmatch(bare):
            number = float(bare)
        else:
            raise _wrong(column, text, "a number with a decimal point")
        return None if self._missing_numbers and self.is_missing(number) else number


def numbers_in(texts: Iterable[str], rule: NumberRule | None = None) -> frozenset[float]:
    """Those of the texts that are numbers, as numbers; one with a fraction also as the single float nearest to it.

    A device that counts in single floats sends -999.9 as -999.9000244140625.

    Args:
        texts: Such as those that mean "no value".
        rule: How numbers are written in the source; None: as everywhere in computing.
    """
    form = NumberForm(rule) if rule is not None and not is_plain(rule) else None
    numbers = []
    for text in texts:
        plain = form.plain(text) if form is not None else None
        try:
            number = float(plain or text)
            numbers.append(number)
            if not number.is_integer():
                numbers.append(struct.unpack("<f", struct.pack("<f", number))[0])
        except (ValueError, OverflowError):
            continue
    return frozenset(numbers)


def _finite(column: str, raw: object) -> float:
    if isinstance(raw, float):
        number = raw + 0.0  # there is one zero
    elif isinstance(raw, bool) or not isinstance(raw, int):
        raise _wrong(column, raw, "a number, not in quotes")
    else:
        try:
            number = float(raw)
        except OverflowError:
            number = math.inf
    if math.isfinite(number):
        return number
    detail = f"{column}: got {str(raw)[:64]}; legal: a finite number in the range of a double"
    raise FieldError(reasons.NOT_FINITE, detail, column)


def _wrong(column: str, raw: object, legal: str) -> FieldError:
    kind = "text" if isinstance(raw, str) else type(raw).__name__
    return FieldError(reasons.WRONG_TYPE, f"{column}: got {kind} {str(raw)[:64]!r}; legal: {legal}", column)
