"""Times that cannot be true."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from expectations.arrow_columns import Flags, micros
from expectations.plant import Profile

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def is_suspect(records: pa.Table, column: str, profile: Profile) -> Flags:
    """Whether each record's time is before the plant began or too far after its file was ingested: `clock_suspect`.

    Source of the lead: REQUIREMENTS A5, 10 minutes by default.
    """
    at_us, ingested_us = micros(records, column), micros(records, "_ingested_at")
    began_us = (profile.began_at - _EPOCH) // _MICROSECOND
    suspect: Flags = (at_us < began_us) | (at_us > ingested_us + profile.ahead_s * 1_000_000)
    return suspect
