"""Times as whole microseconds since 1970-01-01T00:00:00Z, read and written without rounding."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from edge_bundle.format.pipeline import EPOCH_UNITS, TimeRule

US = 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # arithmetic on plain fields: the zone is added by hand
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_LATEST_US = 253_402_300_800 * US  # year 10000


def format_us(at_us: int) -> str:
    """The instant as ISO 8601 with Z, six decimals only where the second is not whole.

    >>> format_us(1_420_092_000_000_000), format_us(1_500_000)
    ('2015-01-01T06:00:00Z', '1970-01-01T00:00:01.500000Z')
    """
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat() + "Z"


class TimeReader:
    """Reads the times of one source by its rule."""

    def __init__(self, rule: TimeRule) -> None:
        self._rule = rule
        self._zone = None if rule.kind != "local" or rule.zone == "UTC" else ZoneInfo(rule.zone)
        self._days: dict[str, int | None] = {}

    def read(self, value: Any) -> int | None:
        """Microseconds since epoch; None where the value is no time of the rule's kind."""
        if self._rule.kind == "epoch":
            return self._epoch(value)
        match = _FORM.fullmatch(value) if isinstance(value, str) else None
        if match is None or (match[6] is None) != (self._rule.kind == "local"):
            return None
        return self._fields(match)

    def _fields(self, match: re.Match[str]) -> int | None:
        day = self._day(match[1])
        hour, minute, second = int(match[2]), int(match[3]), int(match[4] or 0)
        if day is None or hour > 23 or minute > 59 or second > 59:
            return None
        at_us = day + ((hour * 60 + minute) * 60 + second) * US
        if match[5]:
            at_us += int(match[5][:6].ljust(6, "0"))
        if match[6]:
            return at_us - _offset_us(match[6])
        return at_us if self._zone is None else self._local(at_us)

    def _day(self, text: str) -> int | None:
        """Midnight of a date; remembered, for a file has few dates and many times."""
        if text not in self._days:
            if len(self._days) > 10_000:
                self._days.clear()
            try:
                day = (datetime.fromisoformat(text) - _EPOCH).days * 86_400 * US
            except ValueError:
                self._days[text] = None
            else:
                self._days[text] = day
        return self._days[text]

    def _local(self, at_us: int) -> int:
        """An hour that happens twice is taken as the first of the two."""
        local = (_EPOCH + timedelta(microseconds=at_us)).replace(tzinfo=self._zone)
        return (local.astimezone(timezone.utc).replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)

    def _epoch(self, value: Any) -> int | None:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return None
        try:
            at_us = int(Decimal(str(value)) * EPOCH_UNITS[self._rule.unit])
        except (InvalidOperation, ValueError, OverflowError):
            return None
        return at_us if abs(at_us) < _LATEST_US else None


def _offset_us(text: str) -> int:
    if text in {"Z", "z"}:
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return (-seconds if text[0] == "-" else seconds) * US
