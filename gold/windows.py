"""Window statistics on the score grid, from buckets: exact sums by differences of running sums.

A slot is the stretch between two grid points, named by the later one (`slot`, microseconds): the row at grid time t
describes what the slots up to t hold. A window of w holds the slots t - w < slot <= t.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from expectations.features import Feature
from expectations.plant import Profile
from gold import exact

_KEY = ("machine_id", "metric")
_SUMS = {
    "mean": ("sum_steps",),
    "deviation": ("sum_steps", "sum_squares"),
    "slope": ("sum_steps", "at", "at_at", "at_steps"),
    "warning_share": ("warning_count",),
}
_EXACT = ("sum_squares", "at", "at_at", "at_steps")


def add_slots(buckets: DataFrame, profile: Profile) -> DataFrame:
    """Add `slot`, the grid time at which the bucket is first seen, and `place`, its number since the epoch."""
    every_us, length_us = profile.score_every_s * 1_000_000, profile.bucket_s * 1_000_000
    started_us = f.unix_micros("bucket_at")
    slot = started_us - f.pmod(started_us, f.lit(every_us)) + f.lit(every_us)
    return buckets.withColumn("slot", slot).withColumn("place", f.expr(f"unix_micros(bucket_at) div {length_us}"))


def grid(slotted: DataFrame) -> DataFrame:
    """The rows that exist: machine and grid time with any bucket in the slot before, with the factory."""
    return slotted.groupBy("machine_id", "slot").agg(f.min("factory_id").alias("factory_id"))


def window_features(slotted: DataFrame, rows: DataFrame, profile: Profile, features: tuple[Feature, ...]) -> DataFrame:
    """Key (machine_id, slot) and a column for each window feature.

    Args:
        slotted: Buckets with their slots, reaching back the longest window before the first row.
        rows: `grid` of the rows that exist.
        profile: The plant.
        features: Its window features.
    """
    metrics = f.explode(f.array(*(f.lit(name) for name in profile.metrics))).alias("metric")
    base = rows.select("machine_id", "slot", metrics).join(_by_slot(slotted), [*_KEY, "slot"], "left")
    windows = {window_s: _needed(features, window_s) for window_s in sorted({feature.window_s for feature in features})}
    zero = {name: f.coalesce(f.col(name), f.lit(0).cast(_type(name))) for needed in windows.values() for name in needed}
    summed = base.withColumns(zero).withColumns(
        {name: column for w, needed in windows.items() for name, column in _window_columns(w, needed).items()}
    )
    return summed.groupBy("machine_id", "slot").agg(
        *(f.max(f.when(f.col("metric") == feature.metric, _statistic(feature, profile))).alias(feature.name)
          for feature in features)
    )  # fmt: skip


def _needed(features: tuple[Feature, ...], window_s: int) -> tuple[str, ...]:
    """Names of the sums that the features of one window rest on."""
    statistics = {feature.statistic for feature in features if feature.window_s == window_s}
    names = [name for statistic in sorted(statistics) for name in _SUMS.get(statistic, ())]
    return tuple(dict.fromkeys(["reading_count", "bucket_count", *names]))


def _by_slot(slotted: DataFrame) -> DataFrame:
    """Sums per slot; `at` sums place times count, `at_at` its square times count, `at_steps` place times steps."""
    place, count = f.col("place").cast("decimal(19,0)"), f.col("reading_count").cast("decimal(19,0)")
    steps = f.col("sum_steps").cast("decimal(19,0)")
    at = (place * count).cast("decimal(28,0)")
    return slotted.groupBy(*_KEY, "slot").agg(
        f.sum("reading_count").alias("reading_count"),
        f.sum("sum_steps").alias("sum_steps"),
        f.sum("sum_squares").cast(exact.EXACT).alias("sum_squares"),
        f.sum("warning_count").alias("warning_count"),
        f.count("bucket_at").alias("bucket_count"),
        f.sum(at).cast(exact.EXACT).alias("at"),
        f.sum((at * place.cast("decimal(10,0)")).cast(exact.EXACT)).cast(exact.EXACT).alias("at_at"),
        f.sum((place * steps).cast(exact.EXACT)).cast(exact.EXACT).alias("at_steps"),
        f.min("minimum_steps").alias("minimum_steps"),
        f.max("maximum_steps").alias("maximum_steps"),
        f.max_by("last_steps", "bucket_at").alias("last_steps"),
    )


def _type(name: str) -> str:
    return exact.EXACT if name in _EXACT else "bigint"


def _window_columns(window_s: int, needed: tuple[str, ...]) -> dict[str, Column]:
    """Every sum over the window: what has run up to the row less what had run up to its beginning."""
    reach = window_s * 1_000_000
    ordered = Window.partitionBy(*_KEY).orderBy("slot")
    so_far = ordered.rangeBetween(Window.unboundedPreceding, Window.currentRow)
    before = ordered.rangeBetween(Window.unboundedPreceding, -reach)
    inside = ordered.rangeBetween(-reach + 1, Window.currentRow)
    columns = {}
    for name in needed:
        total = f.sum(name).over(so_far) - f.coalesce(f.sum(name).over(before), f.lit(0).cast(_type(name)))
        columns[f"{name}_{window_s}"] = total.cast(_type(name))
    columns[f"minimum_{window_s}"] = f.min("minimum_steps").over(inside)
    columns[f"maximum_{window_s}"] = f.max("maximum_steps").over(inside)
    columns[f"last_{window_s}"] = f.last("last_steps", ignorenulls=True).over(inside)
    return columns


def _statistic(feature: Feature, profile: Profile) -> Column:
    w, resolution = feature.window_s, profile.metric(feature.metric).resolution
    count, total = f.col(f"reading_count_{w}"), f.col(f"sum_steps_{w}")
    statistic = {
        "mean": lambda: exact.mean(count, total, resolution),
        "deviation": lambda: exact.deviation(count, total, f.col(f"sum_squares_{w}"), resolution),
        "minimum": lambda: exact.scaled(f.col(f"minimum_{w}"), resolution),
        "maximum": lambda: exact.scaled(f.col(f"maximum_{w}"), resolution),
        "last": lambda: exact.scaled(f.col(f"last_{w}"), resolution),
        "slope": lambda: _slope(w, profile.bucket_s, resolution),
        "warning_share": lambda: f.col(f"warning_count_{w}").cast("double") / count.cast("double"),
    }[feature.statistic]()
    return f.when(f.col(f"bucket_count_{w}") >= feature.min_buckets, statistic)


def _slope(window_s: int, bucket_s: int, resolution: float) -> Column:
    """Least-squares slope per hour of the readings at their buckets' places i, counted from the window's beginning.

    ``N sum(i s) - sum(i n) S`` by ``N sum(i^2 n) - sum(i n)^2``; both are whole numbers. Source: the normal equations.
    """
    first = ((f.col("slot") / f.lit(1_000_000)).cast("bigint") - window_s) / f.lit(bucket_s)
    origin = first.cast("bigint").cast("decimal(19,0)")
    count = f.col(f"reading_count_{window_s}").cast("decimal(19,0)")
    total = f.col(f"sum_steps_{window_s}").cast("decimal(19,0)")
    at = (f.col(f"at_{window_s}") - origin * count).cast("decimal(19,0)")
    at_steps = (f.col(f"at_steps_{window_s}") - origin * total).cast(exact.EXACT)
    twice = (f.lit(2).cast("decimal(1,0)") * origin * f.col(f"at_{window_s}")).cast(exact.EXACT)
    at_at = (f.col(f"at_at_{window_s}") - twice + (origin * origin * count).cast(exact.EXACT)).cast("decimal(19,0)")
    numerator = (count * at_steps).cast(exact.EXACT) - (at * total).cast(exact.EXACT)
    denominator = (count * at_at).cast(exact.EXACT) - (at * at).cast(exact.EXACT)
    ratio = numerator.cast("double") / denominator.cast("double")
    return f.when(denominator != 0, (ratio * f.lit(resolution)) * f.lit(3600.0 / float(bucket_s)))
