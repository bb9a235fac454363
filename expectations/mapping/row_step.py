"""`every` of a mapping's time: the time from one row of a file to the next, where the file says no more."""

import re
from dataclasses import dataclass
from fractions import Fraction

from expectations.errors import MappingError
from expectations.plant.toml_reader import Section

_FORM = re.compile(r"([1-9]\d{0,8})(?:/([1-9]\d{0,8}))? ?(us|ms|s|min|h)")
_MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "min": 60_000_000, "h": 3_600_000_000}
_MOST_US = 24 * _MICROSECONDS["h"]


@dataclass(frozen=True, slots=True)
class RowStep:
    """The time from row to row, as an exact fraction of microseconds: row k, from 0, is ``k * micros // parts`` later.

    Attributes:
        micros: The microseconds of so many rows.
        parts: The rows.
    """

    micros: int
    parts: int


def row_step(time: Section) -> RowStep | None:
    """The step; None where each row has its time.

    Raises:
        MappingError: No duration, or one below a microsecond or above a day.
    """
    text = time.take("every", str, "")
    if not text:
        return None
    found = _FORM.fullmatch(text)
    step = Fraction(int(found[1]), int(found[2] or 1)) * _MICROSECONDS[found[3]] if found else Fraction(0)
    if not 1 <= step <= _MOST_US:
        raise MappingError(
            f'{time.where}: every = {text!r}; legal: a time from 1us to 24h, such as "1s", "250ms", or "1/20480 s" for '
            "20480 rows in a second"
        )
    return RowStep(step.numerator, step.denominator)
