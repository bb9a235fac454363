"""`gold.failure_labels`: what happened after each grid time, for every horizon."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.durations import seconds
from expectations.plant import Profile
from expectations.tables.gold import failure_labels


def build(rows: DataFrame, events: DataFrame, records_end: Column, profile: Profile) -> DataFrame:
    """One row per row of `gold.machine_features`, key (machine_id, scored_at).

    The label is 1 when a failure T has ``t < T <= t + H``, else 0. It is null where the records do not reach to t + H
    (also when a failure is known: to keep those alone would make failures look frequent), and for a machine that is
    down, from a failure until its repair.

    Args:
        rows: machine_id, factory_id, scored_at, scored_date.
        events: `silver.machine_events`.
        records_end: The last instant that the plant's records speak of.
        profile: The plant, for horizons and the longest repair.
    """
    streams = events.groupBy("machine_id").agg(
        f.collect_list(f.when(f.col("kind") == "failure", f.unix_micros("occurred_at"))).alias("_failures"),
        f.collect_list(f.when(f.col("kind") == "maintenance", f.unix_micros("occurred_at"))).alias("_repairs"),
    )
    none = f.array().cast("array<bigint>")
    known = {name: f.coalesce(f.col(name), none) for name in ("_failures", "_repairs")}
    joined = rows.join(f.broadcast(streams), "machine_id", "left").withColumns(known)
    now = f.unix_micros("scored_at")
    following = f.array_min(f.filter("_failures", lambda time: time > now))
    timed = joined.withColumn("_next", following).withColumn("is_down", _is_down(profile))
    labels = {f"failure_within_{h}": _label(seconds(h), f.unix_micros(records_end)) for h in profile.labels.horizons}
    hours = (f.col("_next") - now).cast("double") / f.lit(3.6e9)
    return timed.withColumns({**labels, "hours_to_failure": hours}).select(*failure_labels(profile).column_names)


def _label(horizon_s: int, end_us: Column) -> Column:
    latest = f.unix_micros("scored_at") + f.lit(horizon_s * 1_000_000)
    comes = f.coalesce(f.col("_next") <= latest, f.lit(False))
    is_known = (latest <= end_us) & ~f.col("is_down")
    return f.when(is_known, comes.cast("int"))


def _is_down(profile: Profile) -> Column:
    """From a failure on, until the first maintenance at or after it, at most the profile's repair time."""
    now = f.unix_micros("scored_at")
    failed = f.array_max(f.filter("_failures", lambda time: time <= now))
    repaired = f.array_min(f.filter("_repairs", lambda time: time >= failed))
    latest = failed + f.lit(profile.labels.repair_s * 1_000_000)
    return f.coalesce(now <= f.least(f.coalesce(repaired, latest), latest), f.lit(False))
