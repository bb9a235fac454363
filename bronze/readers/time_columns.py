"""Times of a column, vectorised: what Arrow reads as `domain.record.times` does; the rest is left to the scalar path.

Times are microseconds since the epoch in UTC.
"""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.record.times import EPOCH_UNITS, MAX_US, MIN_US, TimeRule

STAMP = pa.timestamp("us", "UTC")
# Beyond the tables of the zone file, Arrow's and Python's rules for summer time need not agree.
_ZONE_TABLE_US = (0, int(datetime(2037, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000)
_TEXT = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
# By kind: texts that Arrow and the scalar path read alike (unless the day or the local time does not exist).
TIME_PATTERNS = {"zoned": _TEXT + r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$", "local": _TEXT + "$"}


def stamp_column(raw: pa.Array, rule: TimeRule) -> pa.Array | None:
    """The times of a column, or None where one needs the scalar path. `raw`: text, or float64 for epochs."""
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
    micros = pc.multiply(raw, float(EPOCH_UNITS[rule.unit]))
    limits = pc.min_max(micros).as_py()
    if limits["min"] is not None and not MIN_US <= limits["min"] <= limits["max"] <= MAX_US:
        return None
    whole = np.rint(micros.to_numpy(zero_copy_only=False))
    known = micros.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(np.where(known, whole, 0).astype(np.int64), mask=~known).cast(STAMP)
