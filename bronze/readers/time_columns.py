"""Times of a column, vectorised: what Arrow reads as `domain.record.times` does; the rest is left to the scalar path.

Times are microseconds since the epoch in UTC.
"""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.record.repeated_hour import BY_ORDER, NEAR_US
from domain.record.times import CUT, EPOCH_UNITS, LOCAL, MAX_US, MIN_US, TimeRule, plain_time

STAMP = pa.timestamp("us", "UTC")
# Beyond the tables of the zone file, Arrow's and Python's rules for summer time need not agree.
ZONE_TABLE_US = (0, int(datetime(2037, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000)
_TEXT = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
# By kind: texts that Arrow and the scalar path read alike (unless the day or the local time does not exist).
TIME_PATTERNS = {"zoned": _TEXT + r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$", "local": _TEXT + "$"}


def is_simple(rule: TimeRule) -> bool:
    """Whether one cast reads a column of a rule: ISO 8601 texts, or epochs, without the clock of a zone."""
    return (
        plain_time(rule)
        and rule.unit in EPOCH_UNITS
        and not (rule.kind == LOCAL and (rule.zone != "UTC" or rule.needs_clock))
    )


def are_cut(raw: pa.Array) -> pa.Array | None:
    """Which texts may be epochs without their last digits, which the scalar path refuses; None: none is."""
    if not pa.types.is_string(raw.type) or not pc.any(pc.match_substring(raw, "+")).as_py():
        return None
    return pc.fill_null(pc.match_substring_regex(raw, CUT), False)


def stamp_column(raw: pa.Array, rule: TimeRule) -> pa.Array | None:
    """The times of a column of a simple rule, or None where one needs the scalar path.

    Args:
        raw: Text, or float64 for epochs.
        rule: One that `is_simple`.
    """
    try:
        stamps = _epoch_column(raw, rule) if rule.kind == "epoch" else _text_column(raw, rule)
    except pa.ArrowInvalid:
        return None
    if stamps is None:
        return None
    limits = pc.min_max(stamps.cast(pa.int64())).as_py()
    if limits["min"] is None:
        return stamps
    return stamps if limits["min"] >= MIN_US and limits["max"] <= MAX_US else None


def _text_column(raw: pa.Array, rule: TimeRule) -> pa.Array:
    return pc.cast(raw, STAMP) if rule.kind == "zoned" else pc.cast(raw, pa.timestamp("us")).cast(STAMP)


def _epoch_column(raw: pa.Array, rule: TimeRule) -> pa.Array | None:
    micros = pc.multiply(raw, float(EPOCH_UNITS[rule.unit]))
    limits = pc.min_max(micros).as_py()
    if limits["min"] is not None and not MIN_US <= limits["min"] <= limits["max"] <= MAX_US:
        return None
    whole = np.rint(micros.to_numpy(zero_copy_only=False))
    known = micros.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(np.where(known, whole, 0).astype(np.int64), mask=~known).cast(STAMP)


def utc_of(wall_us: NDArray[np.int64], rule: TimeRule) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Local times to UTC, and which of them are read: those that happened once, and not near what rows must tell.

    Args:
        wall_us: Clocks on the wall, microseconds since 1970.
        rule: Of local times.
    """
    if rule.zone == "UTC":
        return wall_us, (wall_us >= MIN_US) & (wall_us <= MAX_US)
    good = (wall_us >= ZONE_TABLE_US[0] + NEAR_US) & (wall_us <= ZONE_TABLE_US[1] - NEAR_US)
    inside = wall_us if good.all() else np.where(good, wall_us, 2 * NEAR_US)
    once = _of_one_clock(inside, rule)
    if once is not None:
        return once, good
    first, last = _in_zone(inside, rule.zone, "earliest"), _in_zone(inside, rule.zone, "latest")
    good &= first == last
    if rule.repeated == BY_ORDER:
        before = _in_zone(inside - NEAR_US, rule.zone, "earliest")
        behind = _in_zone(inside + NEAR_US, rule.zone, "latest")
        good &= behind - before <= 2 * NEAR_US
    return first, good


def _of_one_clock(wall_us: NDArray[np.int64], rule: TimeRule) -> NDArray[np.int64] | None:
    """The times in UTC where each happened once, and no clock was changed near; None where that is not so."""
    try:
        found = _in_zone(wall_us, rule.zone, "raise")
    except pa.ArrowInvalid:
        return None
    if rule.repeated != BY_ORDER or not len(wall_us):
        return found
    ends = np.array([wall_us.min() - NEAR_US, wall_us.max() + NEAR_US])
    offsets = {*(ends - _in_zone(ends, rule.zone, "earliest")).tolist()}
    east = wall_us - found
    return found if offsets == {int(east[0])} and (east == east[0]).all() else None


def _in_zone(wall_us: NDArray[np.int64], zone: str, which: str) -> NDArray[np.int64]:
    stamps = pa.array(wall_us).cast(pa.timestamp("us"))
    zoned = pc.assume_timezone(stamps, zone, ambiguous=which, nonexistent=which)
    found: NDArray[np.int64] = zoned.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found
