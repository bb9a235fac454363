"""Times as whole microseconds since 1970-01-01T00:00:00Z, by the rules of the lakehouse's readers.

Zoned text: ``2026-01-31T08:15:30.123456Z`` or with an offset; `T` or a space; seconds and fraction may be left out;
digits past the microsecond are cut off. Local text: the same without zone, or a date alone. A local time that happened
twice is the first of the two; one that did not happen is a fault. Epochs: ``rint(number * microseconds of the unit)``.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge_bundle.format.pipeline import EPOCH_UNITS, TimeRule
from edge_bundle.gateway.errors import ConfigError
from edge_bundle.gateway.input.records import Fault

US = 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # plain fields: the zone is added by hand
_MICROSECOND = timedelta(microseconds=1)
_MIN_US = (datetime(1, 1, 1) - _EPOCH) // _MICROSECOND  # noqa: DTZ001  # as above
_MAX_US = (datetime(9999, 12, 31, 23, 59, 59, 999_999) - _EPOCH) // _MICROSECOND  # noqa: DTZ001  # as above
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_MOST_DATES = 10_000


def format_us(at_us: int) -> str:
    """The instant as ISO 8601 with Z, six decimals only where the second is not whole.

    >>> format_us(1_420_092_000_000_000), format_us(1_500_000)
    ('2015-01-01T06:00:00Z', '1970-01-01T00:00:01.500000Z')
    """
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat() + "Z"


def zone_of(rule: TimeRule) -> ZoneInfo | None:
    """The zone of a source's local times; None where none is needed.

    Raises:
        ConfigError: This device does not know the zone.
    """
    if rule.kind != "local" or rule.zone == "UTC":
        return None
    try:
        return ZoneInfo(rule.zone)
    except ZoneInfoNotFoundError as exc:
        said = f"this device has no time zone {rule.zone!r}, in which the times of column {rule.column!r} are"
        raise ConfigError(f"{said}; install the operating system's package tzdata") from exc


class TimeReader:
    """Reads the times of one source by its rule."""

    def __init__(self, rule: TimeRule) -> None:
        """Prepare for one rule.

        Raises:
            ConfigError: This device does not know the rule's zone.
        """
        self._rule = rule
        self._zone = zone_of(rule)
        self._midnights: dict[str, int | None] = {}

    def from_text(self, text: str) -> int | Fault:
        """Microseconds since epoch of a zoned or local text, or what is wrong with it."""
        match = _FORM.fullmatch(text)
        if match is None:
            return Fault("time_unreadable", f"got {text[:64]!r}")
        if (match[6] is None) == (self._rule.kind == "zoned"):
            code = "time_without_zone" if match[6] is None else "time_with_zone"
            return Fault(code, f"got {text[:64]!r}; the mapping says {self._rule.kind}")
        at_us = self._fields(match)
        if at_us is None or not _MIN_US <= at_us <= _MAX_US:
            return Fault("time_unreadable", f"got {text[:64]!r}")
        return at_us if self._zone is None else self._local(at_us, text)

    def from_number(self, number: float) -> int | Fault:
        """Microseconds since epoch of a number of the rule's unit."""
        at_us = number * EPOCH_UNITS[self._rule.unit]
        if not _MIN_US <= at_us <= _MAX_US:
            return Fault("time_unreadable", f"got {number!r} {self._rule.unit} since 1970")
        return round(at_us)

    def _fields(self, match: re.Match[str]) -> int | None:
        midnight = self._midnight(match[1])
        hour, minute, second = int(match[2] or 0), int(match[3] or 0), int(match[4] or 0)
        if midnight is None or hour > 23 or minute > 59 or second > 59:
            return None
        at_us = midnight + ((hour * 60 + minute) * 60 + second) * US
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

    def _local(self, wall_us: int, text: str) -> int | Fault:
        wall = _EPOCH + timedelta(microseconds=wall_us)
        try:
            instant = wall.replace(tzinfo=self._zone).astimezone(timezone.utc)
            back = instant.astimezone(self._zone).replace(tzinfo=None)
        except OverflowError:
            return Fault("time_unreadable", f"got {text[:64]!r}")
        if back != wall:
            return Fault("time_does_not_exist", f"{text[:64]!r} does not exist in {self._rule.zone}")
        return (instant.replace(tzinfo=None) - _EPOCH) // _MICROSECOND


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
    offset_us = (hours * 60 + minutes) * 60 * US
    return -offset_us if text[0] == "-" else offset_us
