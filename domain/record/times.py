"""Times of records as whole microseconds since 1970-01-01T00:00:00Z.

Zoned text: ``2026-01-31T08:15:30.123456Z`` or with an offset; `T` or a space; seconds and fraction may be left out;
digits past the microsecond are cut off. Local text: the same without zone, or a date alone (midnight) where the rule
allows one. A rule may have a pattern instead (`time_pattern`). A local time that happened twice (the end of summer
time) is read as the rule's `repeated` says; one that did not happen is `time_does_not_exist`.

Epochs are ``rint(number * microseconds of the unit)`` in float64: exact for whole microseconds until the year 2255;
whole nanoseconds and ticks of 100 ns are integers of 64 bits, and digits past the microsecond are cut off. Excel's
serial days count from 1899-12-30 (ECMA-376 part 1, 18.17.4.1), local, to the millisecond: Excel shows no finer time.
Both may count from another day.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.record import reasons
from domain.record.faults import FieldError
from domain.record.repeated_hour import BY_ORDER, FIRST, REFUSE, PassOrder, offsets_of
from domain.record.time_pattern import DAY_US, TimePattern, offset_us

EPOCH_UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "min": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
"""Microseconds in one unit of an epoch time."""
FINE_UNITS = {"100ns": 10, "ns": 1_000}
"""Units of an epoch time in one microsecond; 100 ns are a tick of Windows and of OPC UA."""
UNITS = (*EPOCH_UNITS, *FINE_UNITS)
EPOCH, EXCEL, LOCAL, ZONED = "epoch", "excel", "local", "zoned"
NUMBERS = (EPOCH, EXCEL)
"""Kinds of time that are numbers."""
EXCEL_DAY_0_US = -25_569 * 86_400 * 1_000_000
"""1899-12-30, microseconds since 1970."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # plain fields: the zone is added by hand
_MICROSECOND = timedelta(microseconds=1)
MIN_US = (datetime(1, 1, 1) - _EPOCH) // _MICROSECOND  # noqa: DTZ001  # as above
MAX_US = (datetime(9999, 12, 31, 23, 59, 59, 999_999) - _EPOCH) // _MICROSECOND  # noqa: DTZ001  # as above
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_EXAMPLES = {
    "zoned": "2026-01-31T08:15:30.123Z or 2026-01-31 08:15:30+01:00",
    "local": "2026-01-31 08:15:30 (no zone)",
}
CUT = r"^[ \t]*[+-]?(?:[.,]?[0-9]){1,7}[.,]?[eE]\+[0-9]+[ \t]*$"
"""A number of at most seven digits with an exponent, as spreadsheets and `%e` cut it; Python and RE2 read it alike."""
_CUT = re.compile(CUT)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOST_DATES = 10_000


class TimeRule(Protocol):
    """What the times of one source mean; a mapping's rule and a bundle's both are of this form."""

    @property
    def column(self) -> str:
        """The source column."""

    @property
    def kind(self) -> str:
        """Zoned (text with a zone), local (text in `zone`), epoch (a number of `unit`), excel (days, in `zone`)."""

    @property
    def zone(self) -> str:
        """Time zone of local times, by its IANA name."""

    @property
    def unit(self) -> str:
        """Unit of epoch times, one of `UNITS`."""

    @property
    def since_us(self) -> int:
        """What numbers count from, microseconds since 1970; 0 for Excel: 1899-12-30."""

    @property
    def format(self) -> str:
        """Pattern of the text; empty: ISO 8601."""

    @property
    def joined(self) -> tuple[str, ...]:
        """Columns whose texts follow that of `column`, a blank between."""

    @property
    def offsets(self) -> Mapping[str, str]:
        """For `%Z` of a pattern: name of a zone or flag -> its offset."""

    @property
    def repeated(self) -> str:
        """What a local time of the repeated hour is: first, second, by_order, or refuse."""

    @property
    def plus_column(self) -> str:
        """Column of a number that is added to the time; empty: none."""

    @property
    def plus_unit(self) -> str:
        """Unit of that number."""

    @property
    def plus_optional(self) -> bool:
        """Whether a blank or absent number adds nothing; else such a record has no time."""

    @property
    def earlier_us(self) -> int:
        """How much earlier a reading's time is than the stamp, microseconds."""

    @property
    def needs_clock(self) -> bool:
        """Whether a date without a clock is refused."""

    @property
    def given(self) -> Mapping[str, str]:
        """Columns that no file has -> their text, a constant or what a path says."""


def plain_time(rule: TimeRule) -> bool:
    """Whether one ISO 8601 text or one number says all, as most sources have it."""
    has_more = rule.format or rule.joined or rule.plus_column or rule.earlier_us or rule.since_us
    return not (has_more or rule.kind == EXCEL)


class TimeReader:
    """Reads the times of one source column by its rule.

    Raises:
        ZoneInfoNotFoundError: This machine does not know the zone of a local time.
    """

    def __init__(self, rule: TimeRule) -> None:
        self._rule = rule
        self._is_zoned = rule.kind == ZONED
        self._zone = ZoneInfo(rule.zone) if rule.kind in (LOCAL, EXCEL) and rule.zone != "UTC" else None
        self._pattern = _pattern(rule) if rule.format else None
        self._order = PassOrder()
        self._midnights: dict[str, int | None] = {}

    def from_text(self, text: str, series: tuple[str, ...] = ()) -> int:
        """Microseconds since the epoch of a zoned or local time text.

        Args:
            text: The text.
            series: What the reading belongs to; of each series the repeated hour is known by order.

        Raises:
            FieldError: The text has another form, the wrong kind of zone, or names a time that does not exist or is
                ambiguous.
        """
        if self._pattern is not None:
            wall = self._pattern.read(text)
            if wall is None or not MIN_US <= wall.at_us - wall.offset_us <= MAX_US:
                raise self._unreadable(text)
            wall_us = wall.at_us - wall.offset_us
            return wall_us if self._zone is None else self._local(wall_us, self._zone, text, series)
        match = _FORM.fullmatch(text)
        if match is None:
            raise self._unreadable(text)
        if match[2] is None and self._rule.needs_clock:
            raise self._unreadable(text)
        if (match[6] is None) == self._is_zoned:
            raise self._wrong_zone(text)
        at_us = self._fields(match)
        if at_us is None or not MIN_US <= at_us <= MAX_US:
            raise self._unreadable(text)
        return at_us if self._zone is None else self._local(at_us, self._zone, text, series)

    def from_number(self, number: float, series: tuple[str, ...] = ()) -> int:
        """Microseconds since the epoch of an epoch time in the rule's unit, or of Excel's serial days.

        Raises:
            FieldError: Outside the years 1 to 9999, or a local time that does not exist or is ambiguous.
        """
        if self._rule.kind == EXCEL:
            day_0_us = self._rule.since_us or EXCEL_DAY_0_US
            wall_us = day_0_us + round(number * 86_400_000) * 1_000 if abs(number) < 1e7 else MAX_US + 1
            if MIN_US <= wall_us <= MAX_US:
                return wall_us if self._zone is None else self._local(wall_us, self._zone, repr(number), series)
        else:
            at_us = scaled_us(number, self._rule.unit)
            if math.isfinite(at_us) and MIN_US <= round(at_us) + self._rule.since_us <= MAX_US:
                return round(at_us) + self._rule.since_us
        detail = f"{self._rule.column}: got {number!r} {self._counted()}; legal: years 1 to 9999"
        raise FieldError(reasons.TIME_UNREADABLE, detail, self._rule.column)

    def _counted(self) -> str:
        """What numbers count, in words."""
        if self._rule.kind == EXCEL:
            return f"days since {_day_of(self._rule.since_us or EXCEL_DAY_0_US)}"
        return f"{self._rule.unit} since {_day_of(self._rule.since_us) if self._rule.since_us else 1970}"

    def in_years(self, at_us: int, fields: Mapping[str, object]) -> int:
        """The time itself.

        Raises:
            FieldError: Outside the years 1 to 9999.
        """
        return self._in_years(at_us, str(fields.get(self._rule.column)))

    def _fields(self, match: re.Match[str]) -> int | None:
        """Microseconds of the fields, less the offset where there is one; None where no such time exists."""
        midnight = self._midnight(match[1])
        hour, minute, second = int(match[2] or 0), int(match[3] or 0), int(match[4] or 0)
        clock_us = ((hour * 60 + minute) * 60 + second) * 1_000_000 + int((match[5] or "0").ljust(6, "0")[:6])
        if midnight is None or minute > 59 or second > 59 or clock_us > DAY_US:
            return None
        at_us = midnight + clock_us
        east_us = offset_us(match[6]) if match[6] else 0
        return None if east_us is None else at_us - east_us

    def _midnight(self, text: str) -> int | None:
        """Begin of a date; remembered, for a file has few dates and many times."""
        if text not in self._midnights:
            if len(self._midnights) > _MOST_DATES:
                self._midnights.clear()
            self._midnights[text] = _date_us(text)
        return self._midnights[text]

    def _local(self, wall_us: int, zone: ZoneInfo, text: str, series: tuple[str, ...]) -> int:
        try:
            earlier_us, later_us = offsets_of(wall_us, zone)
        except (ValueError, OverflowError) as exc:
            raise self._unreadable(text) from exc
        if earlier_us == later_us and self._rule.repeated != BY_ORDER:
            return self._in_years(wall_us - earlier_us, text)
        if earlier_us < later_us:
            column = self._rule.column
            detail = f"{column}: {text!r} does not exist in {self._rule.zone}: the clock was put forward over it"
            raise FieldError(reasons.TIME_DOES_NOT_EXIST, detail, column)
        is_second = self._is_second(series, wall_us, zone)
        if is_second is None:
            raise self._ambiguous(text)
        return self._in_years(wall_us - (later_us if is_second else earlier_us), text)

    def _is_second(self, series: tuple[str, ...], wall_us: int, zone: ZoneInfo) -> bool | None:
        """Whether a time is of the second pass; None where nothing says so."""
        if self._rule.repeated == BY_ORDER:
            try:
                return self._order.is_second(series, wall_us, zone)
            except (ValueError, OverflowError):  # at an end of the calendar
                return False
        return None if self._rule.repeated == REFUSE else self._rule.repeated != FIRST

    def _in_years(self, at_us: int, text: str) -> int:
        if not MIN_US <= at_us <= MAX_US:
            raise self._unreadable(text)
        return at_us

    def _ambiguous(self, text: str) -> FieldError:
        column = self._rule.column
        what = f"{column}: {text!r} happened twice in {self._rule.zone}: the clock was put back over it"
        if self._rule.repeated == BY_ORDER:
            detail = f"{what}, and the rows before it do not show which of the two it is"
        else:
            detail = f"{what}; state in [time] repeated = 'by_order', 'first' or 'second', or a column that says which"
        return FieldError(reasons.TIME_AMBIGUOUS, detail, column)

    def _unreadable(self, text: str) -> FieldError:
        column, legal = self._rule.column, f"a time such as {_EXAMPLES.get(self._rule.kind, '')}"
        if self._pattern is not None:
            legal = f"a time of the form {self._rule.format!r}"
        elif self._rule.needs_clock and _DATE.fullmatch(text):
            legal = "a date with a clock (a date alone where [time] says date_only = true)"
        detail = f"{column}: got {text[:64]!r}; legal: {legal}, years 1 to 9999"
        return FieldError(reasons.TIME_UNREADABLE, detail, column)

    def _wrong_zone(self, text: str) -> FieldError:
        column = self._rule.column
        if self._is_zoned:
            detail = f"{column}: got {text!r}, which names no zone; legal: {_EXAMPLES['zoned']}"
            return FieldError(reasons.TIME_WITHOUT_ZONE, detail, column)
        detail = f"{column}: got {text!r} with a zone; the mapping says local time of {self._rule.zone}"
        return FieldError(reasons.TIME_WITH_ZONE, detail, column)


def _pattern(rule: TimeRule) -> TimePattern:
    is_date_enough = rule.kind == LOCAL and not rule.needs_clock
    return TimePattern(rule.format, rule.offsets, date_only=is_date_enough)


def _date_us(text: str) -> int | None:
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except ValueError:
        return None


def _day_of(at_us: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=at_us):%Y-%m-%d}"


def lost_s(text: str, number: float, unit: str) -> float:
    """How many seconds the last digit of an epoch is worth whose others were cut off; below a second: 0.

    Spreadsheets write 1793599200000 as ``1.7936E+12``: all times of a day and more are then one. A language that writes
    the shortest number that is exact (Java's ``1.7935992E12``) has no plus sign there.

    Args:
        text: As the source writes it.
        number: The same.
        unit: One of `UNITS`.
    """
    if "+" not in text or not number or _CUT.fullmatch(text) is None:
        return 0.0
    digits = sum(sign.isdigit() for sign in re.split("[eE]", text)[0])
    in_unit = 10.0 ** (math.floor(math.log10(abs(number))) + 1 - digits)
    found = in_unit * (EPOCH_UNITS[unit] if unit in EPOCH_UNITS else 1 / FINE_UNITS[unit]) / 1e6
    return found if found >= 1 else 0.0


def scaled_us(number: float, unit: str) -> float:
    """Microseconds in a number of a unit; whole ones of a finer unit exactly, digits past the microsecond cut off."""
    if unit in EPOCH_UNITS:
        return number * EPOCH_UNITS[unit]
    return number // FINE_UNITS[unit]
