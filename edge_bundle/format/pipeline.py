"""The document ``features/pipeline.json``: everything that a gateway does with a reading.

It carries what the plant's profile and mappings say, resolved to plain data: a gateway knows nothing else of a plant.
Thresholds and calibration are in the manifest.
Fractions travel as the text of ``float.hex``, so both sides hold the same bits.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Optional

from edge_bundle.format import bounds
from edge_bundle.format.pipeline_kinds import (
    EPOCH_UNITS,
    EVENT_FEEDS,
    FEATURE_KINDS,
    FEEDS,
    FORMATS,
    SHAPES,
    STATISTICS,
)
from edge_bundle.format.typed_document import encode

__all__ = [
    "EPOCH_UNITS",
    "EVENT_FEEDS",
    "FEATURE_KINDS",
    "FEEDS",
    "FORMATS",
    "PIPELINE_PATH",
    "SHAPES",
    "STATISTICS",
    "Correction",
    "CsvRule",
    "FeatureRule",
    "Limits",
    "MachineRecord",
    "MetricColumn",
    "MetricRule",
    "NumberRule",
    "OnlyRule",
    "Pipeline",
    "QualityRule",
    "SeriesRule",
    "Source",
    "TimeRule",
]

PIPELINE_PATH = "features/pipeline.json"


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
        keep: Which of several values of one sensor and time is stored; in a bundle of before the largest.
    """

    unit: str
    resolution: float
    units: dict[str, tuple[float, float]]
    limits: Limits = Limits()
    overrides: tuple[Limits, ...] = ()
    keep: str = "largest"

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
    """Where a record's time is and what it means: what each field means is in `domain.record.times.TimeRule`."""

    column: str
    kind: str = "zoned"
    zone: str = "UTC"
    unit: str = "us"
    format: str = ""
    joined: tuple[str, ...] = ()
    offsets: dict[str, str] = field(default_factory=dict)
    repeated: str = "first"
    plus_column: str = ""
    plus_unit: str = "us"
    plus_optional: bool = False
    earlier_us: int = 0
    needs_clock: bool = False
    since_us: int = 0
    given: dict[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every source column that the time is made of."""
        named = (self.column, *self.joined, *([self.plus_column] if self.plus_column else []))
        return tuple(name for name in named if name not in self.given)


@dataclass(frozen=True)
class CsvRule:
    """How a CSV file is laid out: what each field means is in `domain.record.csv_layout.LayoutRule`."""

    skip: int = 0
    find_header: bool = False
    names: tuple[str, ...] = ()
    skip_after_header: int = 0
    comments: tuple[str, ...] = ()
    trim: bool = False
    unguard: bool = False
    trailing_delimiters: bool = False
    widths: tuple[int, ...] = ()


@dataclass(frozen=True)
class NumberRule:
    """How numbers are written in texts: what each field means is in `domain.record.number_text.NumberRule`."""

    decimal: str = "."
    thousands: str = ""
    strip: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricColumn:
    """A source column that holds readings of one metric (shape wide_by_metric): the value is cell / divisor.

    `optional`: A file may do without the column; its cells are then blank.
    `factor`, `offset`: The value is then ``cell / divisor * factor + offset``.
    `states`: Words for numbers, such as RUN for 1; where there is none, those of the source.
    `machine`, `sensor`: Whose readings the column holds, where columns are of several machines; else empty.
    """

    column: str
    metric: str
    unit: str
    divisor: float = 1.0
    optional: bool = False
    factor: float = 1.0
    offset: float = 0.0
    states: dict[str, float] = field(default_factory=dict)
    machine: str = ""
    sensor: str = ""


@dataclass(frozen=True)
class QualityRule:
    """Where quality codes are and which are good: what each field means is in `domain.record.quality.QualityRule`."""

    column: str
    good: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    accept_uncertain: bool = False
    preset: str = ""
    absent: str = "bad"


@dataclass(frozen=True)
class Correction:
    """One correction of a source: what each field means is in `domain.record.corrections.Correction`."""

    sensor: str = ""
    metric: str = ""
    column: str = ""
    since_us: int = bounds.TIMES_US[0]
    until_us: int = bounds.TIMES_US[1]
    factor: float = 1.0
    offset: float = 0.0
    unit: str = ""
    continues: str = ""


@dataclass(frozen=True)
class SeriesRule:
    """Values as arrays: what each field means is in `domain.record.json_documents.SeriesRule`."""

    step: str = ""
    every: float = 0.0
    unit: str = "s"


@dataclass(frozen=True)
class OnlyRule:
    """Which records are those of a source: what each field means is in `domain.record.only_where.OnlyRule`."""

    column: str
    words: tuple[str, ...] = ()
    is_not: bool = False


@dataclass(frozen=True)
class Source:
    """How the files of one source become records of one feed; the fields mean what a mapping file's do.

    `ignored` holds those alone that are named much like a column with readings: others change nothing on a device.
    """

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
    quality: Optional[QualityRule] = None
    states: dict[str, dict[str, float]] = field(default_factory=dict)
    quoted_numbers: bool = False
    unit_names: dict[str, str] = field(default_factory=dict)
    corrections: tuple[Correction, ...] = ()
    ignored: tuple[str, ...] = ()
    records: str = ""
    base: str = ""
    blank_where: str = ""
    series: Optional[SeriesRule] = None
    encoding: str = "auto"
    csv: CsvRule = CsvRule()
    numbers: NumberRule = NumberRule()
    path: str = ""
    only_where: Optional[OnlyRule] = None
    side_by_side: bool = False
    header: str = ""

    @property
    def series_columns(self) -> tuple[str, ...]:
        """Source columns whose texts say what a reading or event belongs to."""
        keys = ("sensor_id", "machine_id", "metric", "code")
        return tuple(self.columns[name] for name in keys if name in self.columns)


@dataclass(frozen=True)
class FeatureRule:
    """One column of the feature vector, as `expectations` declares it.

    `delay_s`: How much later than its time an event is known; bundles of before have none.
    """

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
    delay_s: int = 0


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

    @cached_property
    def records_of(self) -> dict[str, tuple[MachineRecord, ...]]:
        """Master data by machine, in the document's order; made once, for every gateway over a bundle reads it."""
        found: dict[str, tuple[MachineRecord, ...]] = {}
        for record in self.machines:
            found[record.machine_id] = (*found.get(record.machine_id, ()), record)
        return found

    @property
    def longest_window_s(self) -> int:
        """Longest look-back of any statistic of a metric, seconds; at least one grid step."""
        windows = [feature.window_s for feature in self.features if feature.kind == "window"]
        return max([self.score_every_s, *windows])

    @property
    def longest_event_window_s(self) -> int:
        """Longest look-back of any feature of events, seconds, their delay included; 0 where there is none."""
        return max([feature.window_s + feature.delay_s for feature in self.features if feature.event_kind], default=0)

    def to_document(self) -> dict[str, Any]:
        """Plain JSON values, fit for ``canonical_json.dumps``."""
        document: dict[str, Any] = encode(self)
        return document
