"""Times of records, scalar and by column, to microseconds since the epoch in UTC.

Zoned text: ``2026-01-31T08:15:30.123456Z`` or with an offset; `T` or a space; seconds and fraction may be left out;
digits past the microsecond are cut off. Local text: the same without zone, or a date alone (midnight). A local time
that happened twice (the end of summer time) is the first of the two; one that did not happen is `time_does_not_exist`.
Epochs are ``rint(number * microseconds of the unit)`` in float64: exact for whole microseconds until the year 2255.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bronze.readers.record import reasons
from bronze.readers.record.errors import FieldError
from expectations.mapping.mapping import TimeRule

STAMP = pa.timestamp("us", "UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MIN_US = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
MAX_US = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - _EPOCH) // _MICROSECOND
# Beyond the tables of the zone file, Arrow's and Python's rules for summer time need not agree.
_ZONE_TABLE_US = (0, (datetime(2037, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND)
_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_TEXT = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
# By kind: texts that Arrow and the scalar road read alike (unless the day or the local time does not exist).
TIME_PATTERNS = {"zoned": _TEXT + r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$", "local": _TEXT + "$"}
_EXAMPLES = {
    "zoned": "2026-01-31T08:15:30.123Z or 2026-01-31 08:15:30+01:00",
    "local": "2026-01-31 08:15:30 (no zone)",
}


def text_us(text: str, rule: TimeRule) -> int:
    """Microseconds since the epoch of a zoned or local time text.

    Raises:
        FieldError: The text has another form, the wrong kind of zone, or names a time that does not exist.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise _unreadable(text, rule)
    *parts, fraction, zone = match.groups()
    if (zone is None) == (rule.kind == "zoned"):
        raise _wrong_zone(text, rule)
    micro = int((fraction or "0").ljust(6, "0")[:6])
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in parts)
        naive = datetime(year, month, day, hour, minute, second, micro)  # noqa: DTZ001 - the zone is added next
        micros = _zoned_us(naive, zone) if zone else _local_us(naive, text, rule)
    except (ValueError, OverflowError) as exc:
        raise _unreadable(text, rule) from exc
    if not MIN_US <= micros <= MAX_US:
        raise _unreadable(text, rule)
    return micros


def epoch_us(number: float, rule: TimeRule) -> int:
    """Microseconds since the epoch of an epoch time.

    Raises:
        FieldError: Outside the years 1 to 9999.
    """
    micros = number * rule.microseconds
    if not MIN_US <= micros <= MAX_US:
        detail = f"{rule.column}: got {number!r} {rule.unit} since 1970; legal: years 1 to 9999"
        raise FieldError(reasons.TIME_UNREADABLE, detail, rule.column)
    return round(micros)


def _zoned_us(naive: datetime, zone: str) -> int:
    wall = (naive.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
    if zone in "Zz":
        return wall
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        message = "no such offset"
        raise ValueError(message)
    offset = (hours * 60 + minutes) * 60_000_000
    return wall - offset if zone[0] == "+" else wall + offset


def _local_us(naive: datetime, text: str, rule: TimeRule) -> int:
    zone = _zone(rule.zone)
    instant = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != naive:
        detail = f"{rule.column}: {text!r} does not exist in {rule.zone}: the clock was put forward over it"
        raise FieldError(reasons.TIME_DOES_NOT_EXIST, detail, rule.column)
    return (instant - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _unreadable(text: str, rule: TimeRule) -> FieldError:
    detail = f"{rule.column}: got {text[:64]!r}; legal: a time such as {_EXAMPLES[rule.kind]}, years 1 to 9999"
    return FieldError(reasons.TIME_UNREADABLE, detail, rule.column)


def _wrong_zone(text: str, rule: TimeRule) -> FieldError:
    if rule.kind == "zoned":
        detail = f"{rule.column}: got {text!r}, which names no zone; legal: {_EXAMPLES['zoned']}"
        return FieldError(reasons.TIME_WITHOUT_ZONE, detail, rule.column)
    detail = f"{rule.column}: got {text!r} with a zone; the mapping says local time of {rule.zone}"
    return FieldError(reasons.TIME_WITH_ZONE, detail, rule.column)


def stamp_column(raw: pa.Array, rule: TimeRule) -> pa.Array | None:
    """The times of a column, or None where one needs the scalar road. `raw`: text, or float64 for epochs."""
    try:
        stamps = _epoch_column(raw, rule) if rule.kind == "epoch" else _text_column(raw, rule)
    except pa.ArrowInvalid:
        return None
    if stamps is None:
        return None
    limits = pc.min_max(stamps.cast(pa.int64())).as_py()
    if limits["min"] is None:
        return stamps
    legal = _ZONE_TABLE_US if rule.kind == "local" and rule.zone != "UTC" else (MIN_US, MAX_US)
    return stamps if legal[0] <= limits["min"] and limits["max"] <= legal[1] else None


def _text_column(raw: pa.Array, rule: TimeRule) -> pa.Array:
    if rule.kind == "zoned":
        return pc.cast(raw, STAMP)
    naive = pc.cast(raw, pa.timestamp("us"))
    if rule.zone == "UTC":
        return naive.cast(STAMP)
    zoned = pc.assume_timezone(naive, rule.zone, ambiguous="earliest", nonexistent="raise")
    return zoned.cast(STAMP)


def _epoch_column(raw: pa.Array, rule: TimeRule) -> pa.Array | None:
    micros = pc.multiply(raw, float(rule.microseconds))
    limits = pc.min_max(micros).as_py()
    if limits["min"] is not None and not MIN_US <= limits["min"] <= limits["max"] <= MAX_US:
        return None
    whole = np.rint(micros.to_numpy(zero_copy_only=False))
    known = micros.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(np.where(known, whole, 0).astype(np.int64), mask=~known).cast(STAMP)
