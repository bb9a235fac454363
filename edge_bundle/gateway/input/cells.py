"""One field of a record to text, number or time, by the rules of the lakehouse's readers."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Union

from edge_bundle.format.pipeline import Source
from edge_bundle.gateway.input.records import Fault
from edge_bundle.gateway.input.times import TimeReader

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NAMED = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_WHOLE_LIMIT = 2.0**53
_INT64 = 2**63
Cell = Union[None, str, int, float, Fault]
_ABSENT = object()


class CellReader:
    """Reads the fields of one source's records; None is a field that holds no value."""

    def __init__(self, source: Source) -> None:
        self._is_text = source.format == "csv"
        self._missing = frozenset(source.missing)
        self._missing_numbers = frozenset(_numbers_in(source.missing))
        self._time = TimeReader(source.time) if source.time else None
        self._is_epoch = source.time is not None and source.time.kind == "epoch"

    def text(self, record: dict[str, Any], column: str) -> str | Fault | None:
        """A text; a number in JSON is no text."""
        raw = record.get(column)
        if self._is_missing(raw):
            return None
        return raw if isinstance(raw, str) else _wrong_type(column, raw)

    def scalar(self, record: dict[str, Any], column: str) -> str | Fault | None:
        """A text, number or boolean as text, whole numbers without a fraction."""
        raw = record.get(column)
        if self._is_missing(raw):
            return None
        if isinstance(raw, str):
            return raw
        if isinstance(raw, float) and not math.isfinite(raw):
            return Fault("not_finite", f"{column}: got {raw}")
        if isinstance(raw, float) and raw.is_integer() and abs(raw) < _WHOLE_LIMIT:
            return str(int(raw))
        return json.dumps(raw) if isinstance(raw, (bool, int, float)) else _wrong_type(column, raw)

    def number(self, record: dict[str, Any], column: str) -> float | Fault | None:
        """A finite number."""
        raw = record.get(column, _ABSENT)
        if self._is_text and isinstance(raw, str):
            return self._number_text(column, raw)
        if raw is _ABSENT:
            return Fault("missing_field", f"{column} is not in the record")
        return None if self._is_missing(raw) else _finite(column, raw)

    def integer(self, record: dict[str, Any], column: str) -> int | Fault | None:
        """A whole number of 64 bits."""
        raw = record.get(column)
        if self._is_text and isinstance(raw, str) and raw not in self._missing and _INTEGER.fullmatch(raw.strip(" \t")):
            raw = int(raw)
        if self._is_missing(raw):
            return None
        if isinstance(raw, int) and not isinstance(raw, bool):
            return raw if -_INT64 <= raw < _INT64 else _wrong_type(column, raw)
        number = self.number(record, column)
        if isinstance(number, float) and not (number.is_integer() and abs(number) < _WHOLE_LIMIT):
            return _wrong_type(column, raw)
        return int(number) if isinstance(number, float) else number

    def instant(self, record: dict[str, Any], column: str) -> int | Fault | None:
        """Microseconds since epoch."""
        if self._time is None:
            return None
        if self._is_epoch:
            number = self.number(record, column) if column in record else None
            return self._time.from_number(number) if isinstance(number, float) else number
        text = self.text(record, column)
        return self._time.from_text(text) if isinstance(text, str) else text

    def _is_missing(self, raw: object) -> bool:
        if raw is None or raw == "":
            return True
        if not self._missing or isinstance(raw, bool):
            return False
        if isinstance(raw, str):
            return raw in self._missing
        return isinstance(raw, (int, float)) and raw in self._missing_numbers

    def _number_text(self, column: str, text: str) -> float | Fault | None:
        if text == "" or text in self._missing:
            return None
        bare = text.strip(" \t")
        if _NUMBER.fullmatch(bare) is None and _NAMED.fullmatch(bare) is None:
            return _wrong_type(column, text)
        number = float(bare)
        return None if number in self._missing_numbers else _finite(column, number)


def _finite(column: str, raw: object) -> float | Fault:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        return _wrong_type(column, raw)
    try:
        number = float(raw)
    except OverflowError:
        number = math.inf
    return number if math.isfinite(number) else Fault("not_finite", f"{column}: got {str(raw)[:64]}")


def _wrong_type(column: str, raw: object) -> Fault:
    return Fault("wrong_type", f"{column}: got {type(raw).__name__} {str(raw)[:64]!r}")


def _numbers_in(texts: tuple[str, ...]) -> list[float]:
    numbers = []
    for text in texts:
        try:
            numbers.append(float(text))
        except ValueError:
            continue
    return numbers
