"""Times that cannot be true. One rule, for Spark's frames of few rows and for Arrow's of many."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from pyspark.sql import Column
from pyspark.sql import functions as f

from expectations.plant import Profile
from silver.coded import Flags, micros

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def clock_fault(profile: Profile, column: str) -> Column:
    """`clock_suspect` for a time before the plant began or too far after the file was ingested, else null.

    Source of the lead: REQUIREMENTS A5, 10 minutes by default.
    """
    before = f.col(column) < f.lit(profile.began_at)
    latest = f.timestamp_micros(f.unix_micros("_ingested_at") + f.lit(profile.ahead_s * 1_000_000))
    return f.when(before | (f.col(column) > latest), f.lit("clock_suspect"))


def is_suspect(records: pa.Table, column: str, profile: Profile) -> Flags:
    """Whether `clock_fault` holds, for each record."""
    at_us, ingested_us = micros(records, column), micros(records, "_ingested_at")
    began_us = (profile.began_at - _EPOCH) // _MICROSECOND
    suspect: Flags = (at_us < began_us) | (at_us > ingested_us + profile.ahead_s * 1_000_000)
    return suspect
