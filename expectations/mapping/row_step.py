"""`every` of a mapping's time: the time from one row of a file to the next, where the file says no more."""

import re
from dataclasses import dataclass
from fractions import Fraction

from expectations.errors import MappingError
from expectations.plant.toml_reader import Section

_FORM = re.compile(r"([1-9]\d{0,8})(?:/([1-9]\d{0,8}))? ?(us|ms|s|min|h)")
_MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}
_FREQUENCIES = {"Hz": 1, "kHz": 1_000}
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,15})?")
_MOST_US = 24 * _MICROSECONDS["h"]


@dataclass(frozen=True, slots=True)
class RowStep:
    """The time from row to row, as an exact fraction of microseconds: row k, from 0, is ``k * micros // parts`` later.

    Attributes:
        micros: The microseconds of so many rows.
        parts: The rows.
        column: The name of the line above the records that has the step of each file; empty: the mapping says it.
        unit: Its unit: a time, or a frequency.
    """

    micros: int
    parts: int
    column: str = ""
    unit: str = ""


def row_step(time: Section) -> RowStep | None:
    """The step; None where each row has its time.

    Raises:
        MappingError: No duration, or one below a microsecond or above a day.
    """
    text = time.take("every", object, "")
    if not text:
        return None
    if isinstance(text, dict):
        return _of_each_file(Section(text, f"{time.where}.every", MappingError))
    if not isinstance(text, str):
        raise MappingError(f'{time.where}: every = {text!r}; legal: a text such as "250ms", or a table')
    found = _FORM.fullmatch(text)
    step = Fraction(int(found[1]), int(found[2] or 1)) * _MICROSECONDS[found[3]] if found else Fraction(0)
    if not 1 <= step <= _MOST_US:
        raise MappingError(
            f'{time.where}: every = {text!r}; legal: a time from 1us to 24h, such as "1s", "250ms", or "1/20480 s" for '
            "20480 rows in a second"
        )
    return RowStep(step.numerator, step.denominator)


def _of_each_file(section: Section) -> RowStep:
    column, unit = section.take("column", str), section.take("unit", str)
    section.finish()
    if not column or unit not in {*_MICROSECONDS, *_FREQUENCIES}:
        legal = ", ".join((*_MICROSECONDS, *_FREQUENCIES))
        raise MappingError(f"{section.where}: column and unit are needed; unit = {unit!r}, legal: {legal}")
    return RowStep(_MICROSECONDS["s"], 1, column, unit)


def step_of(rule: RowStep, text: str) -> RowStep | str:
    """The step of one file by the number in it, exactly; the sentence that says why there is none.

    Args:
        rule: The unit of the number.
        text: The number, with a decimal point or comma.
    """
    plain = text.replace(",", ".")
    number = Fraction(plain) if _NUMBER.fullmatch(plain) else Fraction(0)
    if number > 0:
        is_time = rule.unit in _MICROSECONDS
        step = number * _MICROSECONDS[rule.unit] if is_time else _MICROSECONDS["s"] / (number * _FREQUENCIES[rule.unit])
        if 1 <= step <= _MOST_US:
            return RowStep(step.numerator, step.denominator)
    return f"{rule.column}: got {text[:64]!r} {rule.unit}; legal: a number that makes a step from 1us to 24h"
