"""Times that cannot be true."""

from pyspark.sql import Column
from pyspark.sql import functions as f

from expectations.plant import Profile


def clock_fault(profile: Profile, column: str) -> Column:
    """`clock_suspect` for a time before the plant began or too far after the file was ingested, else null.

    Source of the lead: REQUIREMENTS A5, 10 minutes by default.
    """
    before = f.col(column) < f.lit(profile.began_at)
    latest = f.timestamp_micros(f.unix_micros("_ingested_at") + f.lit(profile.ahead_s * 1_000_000))
    return f.when(before | (f.col(column) > latest), f.lit("clock_suspect"))
