"""What must be true of a pipeline: known kinds, parts that fit each other, sizes that a device can work with."""

from __future__ import annotations

from edge_bundle.format import bounds
from edge_bundle.format.errors import ManifestError
from edge_bundle.format.pipeline import FeatureRule, Limits, MachineRecord, MetricRule, Pipeline
from edge_bundle.format.pipeline_kinds import EVENT_FEEDS, FEATURE_KINDS, KEEPS, STATISTICS
from edge_bundle.format.source_check import check_source


def check(pipeline: Pipeline) -> None:
    """Refuse a pipeline that contradicts itself or asks for more than a device has.

    Raises:
        ManifestError: The message names the part, what was got and what is legal.
    """
    _check_counts(pipeline)
    _check_times(pipeline)
    key("plant", pipeline.plant)
    for name, metric in pipeline.metrics.items():
        _check_metric(name, metric)
    for rule in pipeline.features:
        _check_feature(pipeline, rule)
    for source in pipeline.sources:
        check_source(source, need)
    for record in pipeline.machines:
        _check_machine(record)


def need(holds: bool, message: str) -> None:
    """Refuse where something does not hold.

    Raises:
        ManifestError: With the message.
    """
    if not holds:
        raise ManifestError(f"pipeline: {message}")


def key(what: str, text: str) -> None:
    """Refuse a text that is too long for a key of state.

    Raises:
        ManifestError: The text is longer than `MAX_KEY_BYTES`.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    need(size <= bounds.MAX_KEY_BYTES, f"{what} {text[:40]!r} has {size} bytes; legal are {bounds.MAX_KEY_BYTES}")


def _text(what: str, text: str) -> None:
    need(len(text) <= bounds.MAX_TEXT, f"{what} {text[:40]!r} has {len(text)} characters; legal: {bounds.MAX_TEXT}")


def _check_counts(pipeline: Pipeline) -> None:
    counts = (
        ("metrics", pipeline.metrics, bounds.MAX_METRICS),
        ("features", pipeline.features, bounds.MAX_FEATURES),
        ("sources", pipeline.sources, bounds.MAX_SOURCES),
        ("records of machines", pipeline.machines, bounds.MAX_MACHINE_RECORDS),
    )
    for what, items, most in counts:
        need(len(items) <= most, f"{len(items)} {what}; legal are at most {most}")


def _check_times(pipeline: Pipeline) -> None:
    bucket_s, every_s = pipeline.bucket_s, pipeline.score_every_s
    fits = 0 < bucket_s <= every_s and every_s % bucket_s == 0
    need(fits, f"bucket_s {bucket_s} must divide score_every_s {every_s}")
    need(bucket_s <= bounds.MAX_BUCKET_S, f"bucket_s is {bucket_s}; legal: at most {bounds.MAX_BUCKET_S}")
    need(every_s <= bounds.MAX_SCORE_EVERY_S, f"score_every_s is {every_s}; legal: at most {bounds.MAX_SCORE_EVERY_S}")
    _check_buckets("score_every_s", every_s, bucket_s)
    ahead = f"ahead_s is {pipeline.ahead_s}; legal: 0 to {bounds.MAX_AHEAD_S}"
    need(0 <= pipeline.ahead_s <= bounds.MAX_AHEAD_S, ahead)
    _check_instant("plant_began_us", pipeline.plant_began_us)


def _check_instant(what: str, at_us: int) -> None:
    first, last = bounds.TIMES_US
    need(first <= at_us <= last, f"{what} is {at_us}; legal: the years 1 to 9999, {first} to {last}")


def _check_buckets(what: str, seconds: int, bucket_s: int) -> None:
    count = seconds // bucket_s
    need(count <= bounds.MAX_BUCKETS, f"{what} {seconds} has {count} buckets; legal are at most {bounds.MAX_BUCKETS}")


def _check_metric(name: str, metric: MetricRule) -> None:
    key("metric", name)
    low, high = bounds.RESOLUTIONS
    legal = f"resolution of {name} is {metric.resolution}; legal: above 0, from {low} to {high}"
    need(low <= metric.resolution <= high, legal)
    need(metric.keep in KEEPS, f"{name}: keep {metric.keep[:20]!r}; legal: {', '.join(KEEPS)}")
    need(metric.units.get(metric.unit) == (1.0, 0.0), f"{name} must accept its own unit {metric.unit!r} as it is")
    need(len(metric.units) <= bounds.MAX_UNITS, f"{name} accepts {len(metric.units)} units; legal: {bounds.MAX_UNITS}")
    for unit, (factor, offset) in metric.units.items():
        _text(f"unit of {name}", unit)
        least, most = bounds.FACTORS
        need(least <= abs(factor) <= most, f"factor of {unit} of {name} is {factor}; legal: {least} to {most} in size")
        need(abs(offset) <= bounds.MAX_QUANTITY, f"offset of {unit} of {name} is {offset}")
    count = len(metric.overrides)
    need(count <= bounds.MAX_OVERRIDES, f"{name} has {count} overrides; legal are at most {bounds.MAX_OVERRIDES}")
    for limits in (metric.limits, *metric.overrides):
        _check_limits(name, limits, metric.resolution)


def _check_limits(name: str, limits: Limits, resolution: float) -> None:
    given = (
        limits.minimum,
        limits.maximum,
        limits.warning_below,
        limits.warning_above,
        limits.critical_below,
        limits.critical_above,
    )
    for limit in given:
        fits = limit is None or (abs(limit) <= bounds.MAX_QUANTITY and abs(limit / resolution) <= bounds.MAX_STEPS)
        need(
            fits, f"a limit of {name} is {limit}; legal: {bounds.MAX_QUANTITY} and 2^53 steps of {resolution}, in size"
        )
    ordered = limits.minimum is None or limits.maximum is None or limits.minimum <= limits.maximum
    need(ordered, f"{name} has minimum {limits.minimum} above maximum {limits.maximum}")
    for text in (limits.machine_model, limits.machine_id):
        _text(f"override of {name}", text or "")


def _check_feature(pipeline: Pipeline, rule: FeatureRule) -> None:
    where = f"feature {rule.name[:80]}"
    need(rule.kind in FEATURE_KINDS, f"{where}: kind {rule.kind!r}; legal: {', '.join(FEATURE_KINDS)}")
    need(0 <= rule.window_s <= bounds.MAX_WINDOW_S, f"{where}: window_s {rule.window_s}; legal: {bounds.MAX_WINDOW_S}")
    need(0 <= rule.delay_s <= bounds.MAX_WINDOW_S, f"{where}: delay_s {rule.delay_s}; legal: {bounds.MAX_WINDOW_S}")
    need(rule.delay_s == 0 or rule.event_kind != "", f"{where}: delay_s {rule.delay_s}; legal: of events alone")
    for text in (rule.name, rule.unit, rule.code, rule.attribute, rule.level):
        _text(where, text)
    if rule.kind == "window":
        need(rule.metric in pipeline.metrics, f"{where}: unknown metric {rule.metric!r}")
        need(rule.statistic in STATISTICS, f"{where}: statistic {rule.statistic!r}; legal: {', '.join(STATISTICS)}")
        whole = rule.window_s > 0 and rule.window_s % pipeline.bucket_s == 0
        need(whole, f"{where}: window_s {rule.window_s} is no whole number of buckets")
        need(rule.min_buckets >= 1, f"{where}: min_buckets {rule.min_buckets}; legal: 1 or more")
        _check_buckets(f"{where}: window_s", rule.window_s, pipeline.bucket_s)
    elif rule.kind in {"event_count", "hours_since"}:
        kinds = EVENT_FEEDS.values()
        need(rule.event_kind in kinds, f"{where}: event kind {rule.event_kind!r}; legal: {', '.join(kinds)}")
        need(rule.kind == "hours_since" or rule.window_s > 0, f"{where}: window_s {rule.window_s}")
    else:
        need(rule.attribute != "", f"{where}: names no attribute")


def _check_machine(record: MachineRecord) -> None:
    key("machine", record.machine_id)
    key("factory", record.factory_id)
    where = f"machine {record.machine_id}"
    _check_instant(f"{where}: valid_from_us", record.valid_from_us)
    _text(where, record.machine_model or "")
    count = len(record.attributes)
    need(count <= bounds.MAX_ATTRIBUTES, f"{where} has {count} attributes; legal are at most {bounds.MAX_ATTRIBUTES}")
    for name, text in record.attributes.items():
        _text(where, name)
        _text(where, text)
