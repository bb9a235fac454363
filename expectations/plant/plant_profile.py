"""A plant profile: what a plant measures, when its days turn, what its models shall predict."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.intervention import WorkRules
from expectations.errors import ProfileError, unknown_name
from expectations.plant.anomaly import AnomalyRules
from expectations.plant.downtime import DowntimeRules
from expectations.plant.health import HealthRules
from expectations.plant.incidents import Incident
from expectations.plant.residuals import Explained
from expectations.plant.retired import Retired
from expectations.plant.rules import PlantRule
from expectations.plant.safety import SafetyFunction
from expectations.plant.sensor_health import SensorHealthRules
from expectations.plant.vibration import GEOMETRY, SPEED, VibrationRules

STATISTICS = ("mean", "deviation", "minimum", "maximum", "last", "slope", "warning_share")
EVENT_FEEDS = {"maintenance": "maintenance", "failures": "failure", "errors": "error"}
"""Feed of events -> the kind that its events have."""
EVENT_KINDS = tuple(EVENT_FEEDS.values())


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one metric, canonical unit, None where none; `machine_model` or `machine_id` narrow an override.

    `rapid_change` is a limit of the sample deviation of a sensor's readings within one minute.
    """

    minimum: float | None = None
    maximum: float | None = None
    warning_below: float | None = None
    warning_above: float | None = None
    critical_below: float | None = None
    critical_above: float | None = None
    rapid_change: float | None = None
    machine_model: str | None = None
    machine_id: str | None = None


@dataclass(frozen=True, slots=True)
class CounterRule:
    """How increments follow from the values of a counter, such as a meter of energy.

    Attributes:
        rolls_over_at: The value that is shown as 0 again, canonical unit; None: the counter does not roll over.
        noise: A fall of at most this, canonical unit, is no reset; None: of at most a tenth of the value before.
        after_reset: What is counted at a reset: `zero`, the new value, for the counter began again at 0; `unknown`,
            nothing.
    """

    rolls_over_at: float | None = None
    noise: float | None = None
    after_reset: str = "zero"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: canonical unit, resolution (the step in which readings are counted), limits and their overrides."""

    name: str
    unit: str
    resolution: float
    limits: Limits
    overrides: tuple[Limits, ...] = ()
    description: str = ""
    counter: CounterRule | None = None

    def limits_for(self, machine_id: str, machine_model: str | None) -> Limits:
        """The limits of one machine: the machine's own override, else its model's, else the metric's."""
        for override in self.overrides:
            if override.machine_id == machine_id:
                return override
        for override in self.overrides:
            if override.machine_model is not None and override.machine_model == machine_model:
                return override
        return self.limits


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of local hours, half open: ``[start_hour, end_hour)``, over midnight where the end is not larger."""

    name: str
    start_hour: int
    end_hour: int


@dataclass(frozen=True, slots=True)
class WindowRule:
    """Which statistics of which windows become features."""

    windows: tuple[str, ...]
    statistics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventRule:
    """Features of one event kind: counts per code and window, hours since the last. No codes: all codes together."""

    kind: str
    codes: tuple[str, ...]
    windows: tuple[str, ...]
    hours_since: bool


@dataclass(frozen=True, slots=True)
class FeatureRules:
    """What the feature declarations follow from.

    Attributes:
        risk_rises_with: Patterns of names of features: by physics, more of them never makes a failure less likely.
        risk_falls_with: The same of features of which more never makes a failure more likely.
    """

    windows: WindowRule
    coverage: float
    metrics: dict[str, WindowRule]
    events: tuple[EventRule, ...]
    risk_rises_with: tuple[str, ...] = ()
    risk_falls_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of machines: a number, or a text with its legal levels, or a date."""

    name: str
    levels: tuple[str, ...] = ()
    is_date: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """What labels are made by.

    Attributes:
        horizons: How far ahead to predict.
        repair_s: How long after a failure a machine counts as down where no repair is on record.
        models: Of the horizons those that every training makes a failure model of, beside the one that it is asked
            for; one version holds them all.
    """

    horizons: tuple[str, ...]
    repair_s: int
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Costs:
    """Prices of decisions, dollars. Source of the defaults: `docs/decisions/0124-starting-values.md`.

    Attributes:
        missed_failure: A failure that nobody announced.
        planned_repair: A repair that an alarm made one to plan.
        false_alarm: An inspection that finds nothing.
        overrides: Machine models with prices of their own, and those; what one leaves out is the plant's.
    """

    missed_failure: float = 15_000.0
    planned_repair: float = 3_000.0
    false_alarm: float = 500.0
    overrides: "tuple[tuple[str, Costs], ...]" = ()

    def of_model(self, machine_model: str | None) -> "Costs":
        """The prices of a machine model: its own, else the plant's."""
        return dict(self.overrides).get(machine_model or "", self)


@dataclass(frozen=True, slots=True)
class StoragePrices:
    """Ages and prices of storage tiers, dollars for a decimal terabyte and month.

    Attributes:
        hot_s: Data younger than this are hot.
        warm_s: Data younger than this, and not hot, are warm; older ones are cold.
        hot_usd_per_tb: Price of the hot tier.
        warm_usd_per_tb: Price of the warm tier.
        cold_usd_per_tb: Price of the cold tier.
        budget_usd_per_month: What a month may cost; None for no budget.
    """

    hot_s: int
    warm_s: int
    hot_usd_per_tb: float
    warm_usd_per_tb: float
    cold_usd_per_tb: float
    budget_usd_per_month: float | None = None

    def of_tier(self, tier: str) -> float:
        """The price of hot, warm or cold."""
        return {"hot": self.hot_usd_per_tb, "warm": self.warm_usd_per_tb, "cold": self.cold_usd_per_tb}[tier]


@dataclass(frozen=True, slots=True)
class Profile:
    """One plant. See `expectations/plants/*/profile.toml` for the form.

    Attributes:
        anomaly: What is asked of the anomaly model.
        delays: Kind of event -> how much later than its time a record may reach its feed, seconds; of kinds that
            declare one.
        incidents: Known incidents, which an anomaly model should have found.
        work: Which maintenance was condition-based or scheduled, and what it found, by texts of its records.
        vibration: Where windows of waveforms have the speed of the shaft from; None: from the windows alone.
        sensor_health: Which sensors measure the same, and when calibration is due.
        rules: What the plant itself asks of its tables.
        residuals: Metrics that others explain, so that what is left says how a machine is.
        retired: Gateways and machines that are out of service.
    """

    name: str
    description: str
    began_at: datetime
    bucket_s: int
    score_every_s: int
    zones: dict[str, str]
    default_zone: str
    shifts: tuple[Shift, ...]
    metrics: dict[str, Metric]
    features: FeatureRules
    attributes: tuple[Attribute, ...]
    labels: Labels
    costs: Costs = field(default_factory=Costs)
    ahead_s: int = 600
    alert_share: float = 0.01
    freshness_s: int = 7200
    has_costs: bool = False
    storage: StoragePrices | None = None
    safety: tuple[SafetyFunction, ...] = ()
    downtime: DowntimeRules = field(default_factory=DowntimeRules)
    delays: dict[str, int] = field(default_factory=dict)
    work: WorkRules = field(default_factory=WorkRules)
    vibration: VibrationRules | None = None
    incidents: tuple[Incident, ...] = ()
    anomaly: AnomalyRules = field(default_factory=AnomalyRules)
    sensor_health: SensorHealthRules = field(default_factory=SensorHealthRules)
    health: HealthRules = field(default_factory=HealthRules)
    rules: tuple[PlantRule, ...] = ()
    residuals: tuple[Explained, ...] = ()
    retired: tuple[Retired, ...] = ()

    @property
    def master_data(self) -> tuple[Attribute, ...]:
        """What is stored of machines: the declared attributes, what orders need, and when calibration is due.

        The numbers of orders are there with `[vibration]`, the dates with `[sensor_health]`.
        """
        declared = {attribute.name for attribute in self.attributes}
        needed = (*GEOMETRY, SPEED) if self.vibration is not None else ()
        due = sorted(set(self.sensor_health.calibration_due.values()))
        dates = (Attribute(name, is_date=True) for name in due)
        return (*self.attributes, *(Attribute(name) for name in needed if name not in declared), *dates)

    @property
    def counters(self) -> dict[str, CounterRule]:
        """The metrics that are counters, each with its rule."""
        return {name: metric.counter for name, metric in self.metrics.items() if metric.counter is not None}

    def delay_s(self, kind: str) -> int:
        """How much later than its time an event of a kind may be on record, seconds; 0 where nothing is declared."""
        return self.delays.get(kind, 0)

    def zone_of(self, factory_id: str) -> str:
        """Name of the factory's time zone."""
        return self.zones.get(factory_id, self.default_zone)

    def metric(self, name: str) -> Metric:
        """The metric of that name.

        Raises:
            ProfileError: The plant has no such metric; the message lists its metrics.
        """
        if name not in self.metrics:
            raise ProfileError(unknown_name("metric", name, self.metrics))
        return self.metrics[name]
