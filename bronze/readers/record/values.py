"""Scalar values of records: one source field to the type of its column, or the fault that says why not."""

import math
import re
from collections.abc import Callable

from bronze.readers.plan import BOOLEAN, INTEGER, NUMBER, TEXT, TIME, ReadPlan
from bronze.readers.record import reasons
from bronze.readers.record.canonical import WHOLE_LIMIT, scalar_text
from bronze.readers.record.errors import FieldError
from bronze.readers.record.times import epoch_us, text_us

Value = str | float | bool | None
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NAMED = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_INT64 = 2**63


def decode(column: str, raw: object, plan: ReadPlan, *, is_text: bool) -> Value:
    """The typed value of one field; None where it is blank. Times come as microseconds since the epoch.

    Args:
        column: The source's column.
        raw: What the file holds: a text (CSV), or a text, number, boolean or None (JSON, Parquet).
        plan: The plan that knows the column.
        is_text: Whether the format knows texts only, so that numbers are written as texts.

    Raises:
        FieldError: Wrong type, a number that is not finite, a time that cannot be read.
    """
    if is_missing(raw, plan):
        return None
    if is_text and isinstance(raw, str):
        return _from_text(column, raw, plan)
    return _DECODERS.get(plan.fields[column], _scalar)(column, raw, plan)


def is_missing(raw: object, plan: ReadPlan) -> bool:
    """Whether a field holds no value: null, empty, or one of the mapping's missing texts (as text or as number)."""
    if raw is None or raw == "":
        return True
    if isinstance(raw, str):
        return raw in plan.mapping.missing
    if isinstance(raw, bool):
        return False
    if isinstance(raw, float) and math.isnan(raw):
        return any(math.isnan(number) for number in plan.missing_numbers)
    return isinstance(raw, int | float) and raw in plan.missing_numbers


def _from_text(column: str, text: str, plan: ReadPlan) -> Value:
    kind = plan.fields[column]
    if kind in (NUMBER, INTEGER) or (kind == TIME and plan.mapping.time and plan.mapping.time.kind == "epoch"):
        number = _number_text(column, text, is_integer=kind == INTEGER)
        return None if is_missing(number, plan) else _DECODERS[kind](column, number, plan)
    if kind == BOOLEAN and text.lower() in ("true", "false", "1", "0"):
        return text.lower() in ("true", "1")
    if kind == BOOLEAN:
        raise _wrong(column, text, "true, false, 1 or 0")
    return _DECODERS.get(kind, _scalar)(column, text, plan)


def _number_text(column: str, text: str, *, is_integer: bool) -> float:
    bare = text.strip(" \t")
    if is_integer and _INTEGER.fullmatch(bare):
        return int(bare)
    if _NUMBER.fullmatch(bare) or _NAMED.fullmatch(bare):
        return float(bare)
    raise _wrong(column, text, "a number with a decimal point")


def _text(column: str, raw: object, _: ReadPlan) -> Value:
    if isinstance(raw, str):
        return raw
    raise _wrong(column, raw, "a text")


def _number(column: str, raw: object, _: ReadPlan) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _wrong(column, raw, "a number, not in quotes")
    try:
        number = float(raw) + 0.0  # there is one zero
    except OverflowError:
        number = math.inf
    if math.isfinite(number):
        return number
    detail = f"{column}: got {str(raw)[:64]}; legal: a finite number in the range of a double"
    raise FieldError(reasons.NOT_FINITE, detail, column)


def _integer(column: str, raw: object, plan: ReadPlan) -> Value:
    if isinstance(raw, int) and not isinstance(raw, bool) and -_INT64 <= raw < _INT64:
        return raw
    number = _number(column, raw, plan)
    if isinstance(raw, float) and number.is_integer() and abs(number) < WHOLE_LIMIT:
        return int(number)
    raise _wrong(column, raw, "a whole number of 64 bits")


def _boolean(column: str, raw: object, _: ReadPlan) -> Value:
    if isinstance(raw, bool):
        return raw
    raise _wrong(column, raw, "true or false")


def _scalar(column: str, raw: object, _: ReadPlan) -> Value:
    if isinstance(raw, str | bool | int | float):
        try:
            return scalar_text(raw)
        except ValueError as exc:
            raise FieldError(reasons.NOT_FINITE, f"{column}: got {raw}; legal: a finite number", column) from exc
    raise _wrong(column, raw, "a text, a number, true or false")


def _time(column: str, raw: object, plan: ReadPlan) -> Value:
    rule = plan.mapping.time
    if rule is None or rule.kind == "epoch":
        return _epoch(column, raw, plan)
    if isinstance(raw, str):
        return text_us(raw, rule)
    raise _wrong(column, raw, f"a time in quotes ({rule.kind})")


def _epoch(column: str, raw: object, plan: ReadPlan) -> Value:
    number, rule = _number(column, raw, plan), plan.mapping.time
    return None if rule is None else epoch_us(number, rule)


def _wrong(column: str, raw: object, legal: str) -> FieldError:
    kind = "text" if isinstance(raw, str) else type(raw).__name__
    return FieldError(reasons.WRONG_TYPE, f"{column}: got {kind} {str(raw)[:64]!r}; legal: {legal}", column)


_DECODERS: dict[str, Callable[[str, object, ReadPlan], Value]] = {
    TEXT: _text,
    NUMBER: _number,
    INTEGER: _integer,
    BOOLEAN: _boolean,
    TIME: _time,
}
