"""`gold.machine_features`: what was known of a machine at a grid time, and nothing of what came after."""

from datetime import datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from expectations.features import Feature, features_of
from expectations.plant import Profile
from expectations.tables.gold import machine_features
from gold import windows


def build(
    buckets: DataFrame, events: DataFrame, machines: DataFrame, profile: Profile, closed_until: datetime
) -> DataFrame:
    """One row per machine and grid time with any bucket in the slot before, key (machine_id, scored_at).

    Args:
        buckets: `silver.buckets`, reaching back the longest window before the first row wanted.
        events: `silver.machine_events`.
        machines: `silver.machines`.
        profile: The plant; its feature declarations give the columns.
        closed_until: The clock: rows of later grid times rest on buckets that are still open and are left out.
    """
    features = features_of(profile)
    slotted = windows.add_slots(buckets, profile)
    rows = windows.grid(slotted).withColumn("scored_at", f.timestamp_micros("slot"))
    rows = rows.where(f.col("scored_at") <= f.lit(closed_until))
    telemetry = windows.window_features(slotted, rows, profile, _of(features, "window"))
    return (
        rows.join(telemetry, ["machine_id", "slot"])
        .transform(_add_event_features, events, _of(features, "event_count", "hours_since"))
        .transform(_add_attributes, machines, _of(features, "attribute", "level"))
        .withColumn("scored_date", f.to_date("scored_at"))
        .select(*machine_features(profile).column_names)
    )


def _of(features: tuple[Feature, ...], *kinds: str) -> tuple[Feature, ...]:
    return tuple(feature for feature in features if feature.kind in kinds)


def _add_event_features(rows: DataFrame, events: DataFrame, features: tuple[Feature, ...]) -> DataFrame:
    """Counts and hours of events strictly before the grid time, from each machine's sorted times per kind and code."""
    streams = sorted({(feature.event_kind, feature.code) for feature in features})
    if not streams:
        return rows
    times = events.groupBy("machine_id").agg(*(_times(kind, code).alias(_name(kind, code)) for kind, code in streams))
    none = f.array().cast("array<bigint>")
    filled = {_name(*stream): f.coalesce(f.col(_name(*stream)), none) for stream in streams}
    joined = rows.join(f.broadcast(times), "machine_id", "left").withColumns(filled)
    return joined.withColumns({feature.name: _event_feature(feature) for feature in features})


def _times(kind: str, code: str) -> Column:
    """Microseconds of the events of one kind and code (any code where it is empty)."""
    is_wanted = f.col("kind") == kind
    if code:
        is_wanted = is_wanted & (f.col("code") == code)
    return f.collect_list(f.when(is_wanted, f.unix_micros("occurred_at")))


def _name(kind: str, code: str) -> str:
    return f"_{kind}_{code}_us"


def _event_feature(feature: Feature) -> Column:
    times, now = f.col(_name(feature.event_kind, feature.code)), f.col("slot")
    if feature.kind == "event_count":
        first = now - f.lit(feature.window_s * 1_000_000)
        return f.size(f.filter(times, lambda time: (time >= first) & (time < now))).cast("double")
    last = f.array_max(f.filter(times, lambda time: time < now))
    return (now - last).cast("double") / f.lit(3.6e9)


def _add_attributes(rows: DataFrame, machines: DataFrame, features: tuple[Feature, ...]) -> DataFrame:
    """Attributes as they were true at the grid time; null where nothing was known of the machine."""
    names = sorted({feature.attribute for feature in features})
    if not names:
        return rows
    history = machines.select(
        f.col("machine_id").alias("_machine"), "valid_from", "valid_to", *(f.col(n).alias(f"_{n}") for n in names)
    )
    held = (
        (f.col("machine_id") == f.col("_machine"))
        & (f.col("valid_from") <= f.col("scored_at"))
        & (f.col("valid_to").isNull() | (f.col("scored_at") < f.col("valid_to")))
    )
    joined = rows.join(f.broadcast(history), held, "left")
    return joined.withColumns({feature.name: _attribute(feature) for feature in features})


def _attribute(feature: Feature) -> Column:
    value = f.col(f"_{feature.attribute}")
    return value.cast("double") if feature.kind == "attribute" else (value == feature.level).cast("double")
