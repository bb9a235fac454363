"""The document ``features/pipeline.json``: everything a reading meets on its road through a gateway.

It carries what the plant's profile and mappings say, resolved to plain data: a gateway knows nothing else of a plant.
Thresholds and calibration stand in the manifest.
Fractions travel as the text of ``float.hex``, so both sides hold the same bits.
"""

from dataclasses import dataclass, field
from typing import Any, Optional

from edge_bundle.format.errors import ManifestError
from edge_bundle.format.optional_parts import listed
from edge_bundle.format.typed_document import decode, encode, without_optional

PIPELINE_PATH = "features/pipeline.json"
STATISTICS = ("mean", "deviation", "minimum", "maximum", "last", "slope", "warning_share")
FEATURE_KINDS = ("window", "event_count", "hours_since", "attribute", "level")
EVENT_FEEDS = {"maintenance": "maintenance", "failures": "failure", "errors": "error"}
"""Feed of events -> the event kind that features name."""
FEEDS = ("readings", "machines", *EVENT_FEEDS)
FORMATS = ("jsonl", "csv")
SHAPES = ("long", "wide_by_metric", "wide_by_machine")
EPOCH_UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}


@dataclass(frozen=True)
class Limits:
    """Limits of one metric in its canonical unit, None where none; an override names a model or a machine."""

    minimum: Optional[float] = None
    maximum: Optional[float] = None
    warning_below: Optional[float] = None
    warning_above: Optional[float] = None
    critical_below: Optional[float] = None
    critical_above: Optional[float] = None
    machine_model: Optional[str] = None
    machine_id: Optional[str] = None


@dataclass(frozen=True)
class MetricRule:
    """One metric.

    Attributes:
        unit: Canonical unit.
        resolution: The step in which readings are counted, in `unit`.
        units: Accepted unit -> (factor, offset) with ``canonical = value * factor + offset``; (1, 0) keeps the value.
        limits: The metric's limits.
        overrides: Complete limits of single machines or models.
    """

    unit: str
    resolution: float
    units: dict[str, tuple[float, float]]
    limits: Limits = Limits()
    overrides: tuple[Limits, ...] = ()

    def limits_for(self, machine_id: str, machine_model: Optional[str]) -> Limits:
        """The machine's own override, else its model's, else the metric's limits."""
        for override in self.overrides:
            if override.machine_id == machine_id:
                return override
        for override in self.overrides:
            if override.machine_model is not None and override.machine_model == machine_model:
                return override
        return self.limits


@dataclass(frozen=True)
class TimeRule:
    """Where a record's time stands. `kind` is zoned (ISO 8601), local (text in `zone`) or epoch (number of `unit`)."""

    column: str
    kind: str = "zoned"
    zone: str = "UTC"
    unit: str = "us"


@dataclass(frozen=True)
class MetricColumn:
    """A source column that holds readings of one metric (shape wide_by_metric): the value is cell / divisor.

    `optional`: A file may do without the column; its cells are then blank.
    """

    column: str
    metric: str
    unit: str
    divisor: float = 1.0
    optional: bool = False


@dataclass(frozen=True)
class Source:
    """How the files of one source become records of one feed; the fields mean what a mapping file's do."""

    name: str
    feed: str
    files: tuple[str, ...] = ()
    format: str = "jsonl"
    shape: str = "long"
    time: Optional[TimeRule] = None
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    metrics: tuple[MetricColumn, ...] = ()
    machines: dict[str, str] = field(default_factory=dict)
    machine_of: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    delimiter: str = ","


@dataclass(frozen=True)
class FeatureRule:
    """One column of the feature vector, as `expectations` declares it."""

    name: str
    kind: str
    unit: str
    metric: str = ""
    statistic: str = ""
    window_s: int = 0
    min_buckets: int = 0
    event_kind: str = ""
    code: str = ""
    attribute: str = ""
    level: str = ""


@dataclass(frozen=True)
class MachineRecord:
    """What is true of a machine from `valid_from_us` on: factory, model, attributes as texts."""

    machine_id: str
    factory_id: str
    valid_from_us: int
    machine_model: Optional[str] = None
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pipeline:
    """The whole document.

    Attributes:
        plant: The profile's name.
        bucket_s: Length of a bucket, seconds; a divisor of `score_every_s`.
        score_every_s: Distance of grid times, seconds.
        plant_began_us: No reading is older, microseconds since epoch.
        ahead_s: How far in the future a reading's time may lie.
        metrics: By name.
        features: In vector order.
        sources: How replayed files are read.
        machines: Master data known when the bundle was built.
        optional: Keys that a runtime which does not know them may pass over, as `Manifest.optional` has them.
    """

    plant: str
    bucket_s: int
    score_every_s: int
    plant_began_us: int
    ahead_s: int
    metrics: dict[str, MetricRule]
    features: tuple[FeatureRule, ...]
    sources: tuple[Source, ...] = ()
    machines: tuple[MachineRecord, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def longest_window_s(self) -> int:
        """Longest look-back of any statistic of a metric, seconds; at least one grid step."""
        windows = [feature.window_s for feature in self.features if feature.kind == "window"]
        return max([self.score_every_s, *windows])

    @property
    def longest_event_window_s(self) -> int:
        """Longest look-back of any count of events, seconds; 0 where none is counted."""
        return max([feature.window_s for feature in self.features if feature.kind == "event_count"], default=0)

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values, fit for ``canonical_json.dumps``."""
        document: dict[str, Any] = encode(self)
        return document


def parse(document: Any) -> Pipeline:
    """The pipeline that ``document`` (parsed JSON) spells.

    Raises:
        ManifestError: An unknown key, a missing one, a value of another type, or parts that contradict each other.
    """
    known = without_optional(Pipeline, document, listed(document, "pipeline"))
    pipeline = decode(Pipeline, known, "pipeline")
    _check_clock(pipeline)
    for rule in pipeline.features:
        _check_feature(pipeline, rule)
    for source in pipeline.sources:
        _check_source(source)
    return pipeline


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise ManifestError(f"pipeline: {message}")


def _check_clock(pipeline: Pipeline) -> None:
    bucket_s, every_s = pipeline.bucket_s, pipeline.score_every_s
    _need(
        0 < bucket_s <= every_s and every_s % bucket_s == 0, f"bucket_s {bucket_s} must divide score_every_s {every_s}"
    )
    _need(pipeline.ahead_s >= 0, f"ahead_s is {pipeline.ahead_s}; legal: 0 or more")
    for name, metric in pipeline.metrics.items():
        _need(metric.resolution > 0.0, f"resolution of {name} is {metric.resolution}; legal: above 0")
        _need(metric.units.get(metric.unit) == (1.0, 0.0), f"{name} must accept its own unit {metric.unit!r} as it is")


def _check_feature(pipeline: Pipeline, rule: FeatureRule) -> None:
    _need(rule.kind in FEATURE_KINDS, f"feature {rule.name}: kind {rule.kind!r}; legal: {', '.join(FEATURE_KINDS)}")
    if rule.kind == "window":
        _need(rule.metric in pipeline.metrics, f"feature {rule.name}: unknown metric {rule.metric!r}")
        legal = ", ".join(STATISTICS)
        _need(rule.statistic in STATISTICS, f"feature {rule.name}: statistic {rule.statistic!r}; legal: {legal}")
        whole = rule.window_s > 0 and rule.window_s % pipeline.bucket_s == 0
        _need(whole, f"feature {rule.name}: window_s {rule.window_s} is no whole number of buckets")
        _need(rule.min_buckets >= 1, f"feature {rule.name}: min_buckets {rule.min_buckets}; legal: 1 or more")
    elif rule.kind in {"event_count", "hours_since"}:
        kinds = EVENT_FEEDS.values()
        _need(
            rule.event_kind in kinds, f"feature {rule.name}: event kind {rule.event_kind!r}; legal: {', '.join(kinds)}"
        )
        _need(rule.kind == "hours_since" or rule.window_s > 0, f"feature {rule.name}: window_s {rule.window_s}")
    else:
        _need(rule.attribute != "", f"feature {rule.name}: names no attribute")


def _check_source(source: Source) -> None:
    where = f"source {source.name}"
    _need(source.feed in FEEDS, f"{where}: feed {source.feed!r}; legal: {', '.join(FEEDS)}")
    _need(source.format in FORMATS, f"{where}: format {source.format!r}; legal: {', '.join(FORMATS)}")
    _need(source.shape in SHAPES, f"{where}: shape {source.shape!r}; legal: {', '.join(SHAPES)}")
    divisors = [cell.divisor for cell in source.metrics]
    _need(all(divisor > 0.0 for divisor in divisors), f"{where}: divisors {divisors}; legal: above 0")
    _need(source.time is not None or source.feed == "machines", f"{where}: no rule for its time")
    if source.time is not None:
        kinds = ("zoned", "local", "epoch")
        _need(source.time.kind in kinds, f"{where}: time kind {source.time.kind!r}; legal: {', '.join(kinds)}")
        _need(source.time.unit in EPOCH_UNITS, f"{where}: time unit {source.time.unit!r}; legal: s, ms, us")
