"""Times of records as whole microseconds since 1970-01-01T00:00:00Z.

Zoned text: ``2026-01-31T08:15:30.123456Z`` or with an offset; `T` or a space; seconds and fraction may be left out;
digits past the microsecond are cut off. Local text: the same without zone, or a date alone (midnight). A local time
that happened twice (the end of summer time) is the first of the two; one that did not happen is `time_does_not_exist`.
Epochs are ``rint(number * microseconds of the unit)`` in float64: exact for whole microseconds until the year 2255.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Protocol
from zoneinfo import ZoneInfo

from domain.record import reasons
from domain.record.faults import FieldError

EPOCH_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}
"""Microseconds in one unit of an epoch time."""
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
_MOST_DATES = 10_000


class TimeRule(Protocol):
    """What the times of one source column mean; a mapping's rule and a bundle's both are of this form."""

    @property
    def column(self) -> str:
        """The source column."""

    @property
    def kind(self) -> str:
        """Zoned (ISO 8601 with Z or an offset), local (text in `zone`), or epoch (a number of `unit`)."""

    @property
    def zone(self) -> str:
        """Time zone of local times, by its IANA name."""

    @property
    def unit(self) -> str:
        """Unit of epoch times: s, ms or us."""


class TimeReader:
    """Reads the times of one source column by its rule.

    Raises:
        ZoneInfoNotFoundError: This machine does not know the zone of a local time.
    """

    def __init__(self, rule: TimeRule) -> None:
        self._rule = rule
        self._is_zoned = rule.kind == "zoned"
        self._zone = ZoneInfo(rule.zone) if rule.kind == "local" and rule.zone != "UTC" else None
        self._unit_us = EPOCH_UNITS[rule.unit]
        self._midnights: dict[str, int | None] = {}

    def from_text(self, text: str) -> int:
        """Microseconds since the epoch of a zoned or local time text.

        Raises:
            FieldError: The text has another form, the wrong kind of zone, or names a time that does not exist.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise self._unreadable(text)
        if (match[6] is None) == self._is_zoned:
            raise self._wrong_zone(text)
        at_us = self._fields(match)
        if at_us is None or not MIN_US <= at_us <= MAX_US:
            raise self._unreadable(text)
        return at_us if self._zone is None else self._local(at_us, self._zone, text)

    def from_number(self, number: float) -> int:
        """Microseconds since the epoch of an epoch time in the rule's unit.

        Raises:
            FieldError: Outside the years 1 to 9999.
        """
        at_us = number * self._unit_us
        if not MIN_US <= at_us <= MAX_US:
            column, unit = self._rule.column, self._rule.unit
            detail = f"{column}: got {number!r} {unit} since 1970; legal: years 1 to 9999"
            raise FieldError(reasons.TIME_UNREADABLE, detail, column)
        return round(at_us)

    def _fields(self, match: re.Match[str]) -> int | None:
        """Microseconds of the fields, less the offset where there is one; None where no such time exists."""
        midnight = self._midnight(match[1])
        hour, minute, second = int(match[2] or 0), int(match[3] or 0), int(match[4] or 0)
        if midnight is None or hour > 23 or minute > 59 or second > 59:
            return None
        at_us = midnight + ((hour * 60 + minute) * 60 + second) * 1_000_000
        if match[5]:
            at_us += int(match[5].ljust(6, "0")[:6])
        offset_us = _offset_us(match[6]) if match[6] else 0
        return None if offset_us is None else at_us - offset_us

    def _midnight(self, text: str) -> int | None:
        """Begin of a date; remembered, for a file has few dates and many times."""
        if text not in self._midnights:
            if len(self._midnights) > _MOST_DATES:
                self._midnights.clear()
            self._midnights[text] = _date_us(text)
        return self._midnights[text]

    def _local(self, wall_us: int, zone: ZoneInfo, text: str) -> int:
        wall = _EPOCH + timedelta(microseconds=wall_us)
        try:
            instant = wall.replace(tzinfo=zone).astimezone(timezone.utc)
            back = instant.astimezone(zone).replace(tzinfo=None)
        except (ValueError, OverflowError) as exc:
            raise self._unreadable(text) from exc
        if back != wall:
            column = self._rule.column
            detail = f"{column}: {text!r} does not exist in {self._rule.zone}: the clock was put forward over it"
            raise FieldError(reasons.TIME_DOES_NOT_EXIST, detail, column)
        return (instant.replace(tzinfo=None) - _EPOCH) // _MICROSECOND

    def _unreadable(self, text: str) -> FieldError:
        column, legal = self._rule.column, _EXAMPLES.get(self._rule.kind, "")
        detail = f"{column}: got {text[:64]!r}; legal: a time such as {legal}, years 1 to 9999"
        return FieldError(reasons.TIME_UNREADABLE, detail, column)

    def _wrong_zone(self, text: str) -> FieldError:
        column = self._rule.column
        if self._is_zoned:
            detail = f"{column}: got {text!r}, which names no zone; legal: {_EXAMPLES['zoned']}"
            return FieldError(reasons.TIME_WITHOUT_ZONE, detail, column)
        detail = f"{column}: got {text!r} with a zone; the mapping says local time of {self._rule.zone}"
        return FieldError(reasons.TIME_WITH_ZONE, detail, column)


def _date_us(text: str) -> int | None:
    try:
        return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND
    except ValueError:
        return None


def _offset_us(text: str) -> int | None:
    if text in {"Z", "z"}:
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        return None
    offset_us = (hours * 60 + minutes) * 60_000_000
    return -offset_us if text[0] == "-" else offset_us
