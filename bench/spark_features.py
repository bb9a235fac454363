"""`gold.machine_features` by Spark, as this project computed it until it left Spark: window sums as exact decimals.

Telemetry and attributes; a plant of this benchmark declares no features of events. A machine has one factory here.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from expectations.features import Feature, features_of
from expectations.plant.plant_profile import Profile
from expectations.tables.gold import machine_features

_EXACT = "decimal(38,0)"
_KEY = ("machine_id", "metric")
_SUMS = {
    "mean": ("sum_steps",),
    "deviation": ("sum_steps", "sum_squares"),
    "slope": ("sum_steps", "at", "at_at", "at_steps"),
    "warning_share": ("warning_count",),
}
_WIDE = ("sum_squares", "at", "at_at", "at_steps")


def build(buckets: DataFrame, machines: DataFrame, profile: Profile) -> DataFrame:
    """One row per machine and grid time with any bucket in the slot before.

    Args:
        buckets: `silver.buckets`, all of it.
        machines: `silver.machines`.
        profile: The plant.
    """
    features = features_of(profile)
    slotted = _with_slots(buckets, profile)
    rows = slotted.groupBy("machine_id", "slot").agg(f.min("factory_id").alias("factory_id"))
    timed = rows.withColumn("scored_at", f.timestamp_micros("slot"))
    telemetry = _window_features(slotted, timed, profile, _of(features, "window"))
    return (
        timed.join(telemetry, ["machine_id", "slot"])
        .transform(_add_attributes, machines, _of(features, "attribute", "level"))
        .withColumn("scored_date", f.to_date("scored_at"))
        .select(*machine_features(profile).column_names)
    )


def _of(features: tuple[Feature, ...], *kinds: str) -> tuple[Feature, ...]:
    return tuple(feature for feature in features if feature.kind in kinds)


def _with_slots(buckets: DataFrame, profile: Profile) -> DataFrame:
    every_us, length_us = profile.score_every_s * 1_000_000, profile.bucket_s * 1_000_000
    started_us = f.unix_micros("bucket_at")
    slot = started_us - f.pmod(started_us, f.lit(every_us)) + f.lit(every_us)
    return buckets.withColumn("slot", slot).withColumn("place", f.expr(f"unix_micros(bucket_at) div {length_us}"))


def _window_features(slotted: DataFrame, rows: DataFrame, profile: Profile, features: tuple[Feature, ...]) -> DataFrame:
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
    """Names of the sums that the features of one window are computed from."""
    statistics = {feature.statistic for feature in features if feature.window_s == window_s}
    names = [name for statistic in sorted(statistics) for name in _SUMS.get(statistic, ())]
    return tuple(dict.fromkeys(["reading_count", "bucket_count", *names]))


def _by_slot(slotted: DataFrame) -> DataFrame:
    """Sums per slot; `at` sums place times count, `at_at` its square times count, `at_steps` place times steps."""
    place, count = f.col("place").cast("decimal(19,0)"), f.col("reading_count").cast("decimal(19,0)")
    at = (place * count).cast("decimal(28,0)")
    return slotted.groupBy(*_KEY, "slot").agg(
        f.sum("reading_count").alias("reading_count"),
        f.sum("sum_steps").alias("sum_steps"),
        f.sum("sum_squares").cast(_EXACT).alias("sum_squares"),
        f.sum("warning_count").alias("warning_count"),
        f.count("bucket_at").alias("bucket_count"),
        f.sum(at).cast(_EXACT).alias("at"),
        f.sum((at * place.cast("decimal(10,0)")).cast(_EXACT)).cast(_EXACT).alias("at_at"),
        f.sum((place * f.col("sum_steps").cast("decimal(19,0)")).cast(_EXACT)).cast(_EXACT).alias("at_steps"),
        f.min("minimum_steps").alias("minimum_steps"),
        f.max("maximum_steps").alias("maximum_steps"),
        f.max_by("last_steps", "bucket_at").alias("last_steps"),
    )


def _type(name: str) -> str:
    return _EXACT if name in _WIDE else "bigint"


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
        "mean": lambda: f.when(count > 0, (total.cast("double") / count.cast("double")) * f.lit(resolution)),
        "deviation": lambda: _deviation(count, total, f.col(f"sum_squares_{w}"), resolution),
        "minimum": lambda: f.col(f"minimum_{w}").cast("double") * f.lit(resolution),
        "maximum": lambda: f.col(f"maximum_{w}").cast("double") * f.lit(resolution),
        "last": lambda: f.col(f"last_{w}").cast("double") * f.lit(resolution),
        "slope": lambda: _slope(w, profile.bucket_s, resolution),
        "warning_share": lambda: f.col(f"warning_count_{w}").cast("double") / count.cast("double"),
    }[feature.statistic]()
    return f.when(f.col(f"bucket_count_{w}") >= feature.min_buckets, statistic)


def _deviation(count: Column, total: Column, squares: Column, resolution: float) -> Column:
    """Sample deviation. Source: the computational formula of the sample variance, exact on integers."""
    whole_count, whole_total = count.cast("decimal(19,0)"), total.cast("decimal(19,0)")
    numerator = (whole_count * squares).cast(_EXACT) - (whole_total * whole_total).cast(_EXACT)
    variance = numerator.cast("double") / (count.cast("double") * (count - 1).cast("double"))
    return f.when(count > 1, f.sqrt(variance) * f.lit(resolution))


def _slope(window_s: int, bucket_s: int, resolution: float) -> Column:
    """Least-squares slope per hour over the buckets' places, counted from the window. Source: the normal equations."""
    first = ((f.col("slot") / f.lit(1_000_000)).cast("bigint") - window_s) / f.lit(bucket_s)
    origin = first.cast("bigint").cast("decimal(19,0)")
    count = f.col(f"reading_count_{window_s}").cast("decimal(19,0)")
    total = f.col(f"sum_steps_{window_s}").cast("decimal(19,0)")
    at = (f.col(f"at_{window_s}") - origin * count).cast("decimal(19,0)")
    at_steps = (f.col(f"at_steps_{window_s}") - origin * total).cast(_EXACT)
    twice = (f.lit(2).cast("decimal(1,0)") * origin * f.col(f"at_{window_s}")).cast(_EXACT)
    at_at = (f.col(f"at_at_{window_s}") - twice + (origin * origin * count).cast(_EXACT)).cast("decimal(19,0)")
    numerator = (count * at_steps).cast(_EXACT) - (at * total).cast(_EXACT)
    denominator = (count * at_at).cast(_EXACT) - (at * at).cast(_EXACT)
    ratio = numerator.cast("double") / denominator.cast("double")
    return f.when(denominator != 0, (ratio * f.lit(resolution)) * f.lit(3600.0 / float(bucket_s)))


def _add_attributes(rows: DataFrame, machines: DataFrame, features: tuple[Feature, ...]) -> DataFrame:
    """Attributes as they were true at the grid time; null where nothing was known of the machine."""
    names = sorted({feature.attribute for feature in features})
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
