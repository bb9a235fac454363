"""The calendar of a reading: UTC date for partitions, and date, hour, weekend and shift in the factory's own zone."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.plant import Profile, Shift

_SATURDAY, _SUNDAY = 7, 1


def add_calendar(readings: DataFrame, profile: Profile) -> DataFrame:
    """Add `measured_date` (UTC), `local_date`, `local_hour`, `is_weekend`, `shift`."""
    local = local_time(profile, "measured_at")
    return (
        readings.withColumn("measured_date", f.to_date("measured_at"))
        .withColumn("_local", local)
        .withColumn("local_date", f.to_date("_local"))
        .withColumn("local_hour", f.hour("_local"))
        .withColumn("is_weekend", f.dayofweek("_local").isin(_SATURDAY, _SUNDAY))
        .withColumn("shift", _shift(profile.shifts))
        .drop("_local")
    )


def local_time(profile: Profile, column: str) -> Column:
    """The instant of `column` as the wall clock of the row's factory shows it.

    The zone is a constant of each branch: Spark looks up a zone that is a column anew for each row.
    """
    local = f.from_utc_timestamp(column, f.lit(profile.default_zone))
    for factory, zone in profile.zones.items():
        local = f.when(f.col("factory_id") == factory, f.from_utc_timestamp(column, f.lit(zone))).otherwise(local)
    return local


def _shift(shifts: tuple[Shift, ...]) -> Column:
    """Half-open hours; a shift whose end is not after its start goes over midnight."""
    hour = f.col("local_hour")
    name = f.lit(None).cast("string")
    for shift in shifts:
        from_start, to_end = hour >= shift.start_hour, hour < shift.end_hour
        is_in = (from_start & to_end) if shift.start_hour < shift.end_hour else (from_start | to_end)
        name = f.when(is_in, f.lit(shift.name)).otherwise(name)
    return name
