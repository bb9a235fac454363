"""What is known of runs, files, tables, engine and disks at one moment: plain values, and no word on what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from jobs.alerts.alert import Alert
from jobs.alerts.channel_states import ChannelView
from jobs.status.machine_facts import (
    EquipmentState,
    LossState,
    MachineState,
    MissedFailure,
    RuleState,
    SensorState,
    StandingAlarm,
)


@dataclass(frozen=True, slots=True)
class RunFact:
    """One job or DAG.

    Attributes:
        name: The command, or the DAG's id.
        is_dag: Whether it is a DAG.
        good_at: Last good end; None where none is recorded.
        bad_at: A bad end after the last good one; None where the last end was good.
        bad_said: The sentence of that bad end.
        bad_error: Class of its error, where one is known.
        is_refused: Whether that bad end is a gate's answer.
        running_since: Start of a run that goes on.
        killed_at: Start of a run that never ended: its process is gone.
        allowed: Longest time from one good end to the next; None where none is expected.
    """

    name: str
    is_dag: bool = False
    good_at: datetime | None = None
    bad_at: datetime | None = None
    bad_said: str = ""
    bad_error: str = ""
    is_refused: bool = False
    running_since: datetime | None = None
    killed_at: datetime | None = None
    allowed: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    """Files below the landing folder that are not in bronze.

    Attributes:
        unmatched: Paths that no mapping matches, known to the ledger.
        waiting: Paths that the next `assay ingest` reads.
        oldest_at: Oldest modification time of those that wait.
        refused: Mapping that cannot be used -> why; and the paths that wait for it.
        is_there: Whether the landing folder is there.
    """

    unmatched: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    oldest_at: datetime | None = None
    refused: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class BatchPart:
    """Records of one batch and feed by outcome, as far as it is worth an alert."""

    batch: int
    feed: str
    records: int
    quarantined: int
    rejected: int
    blank: int

    @property
    def faulty_share(self) -> float:
        """Quarantined and rejected records by all records."""
        return (self.quarantined + self.rejected) / self.records if self.records else 0.0

    @property
    def missing_share(self) -> float:
        """Records that say "no value" by all records."""
        return self.blank / self.records if self.records else 0.0


@dataclass(frozen=True, slots=True)
class CriticalConflict:
    """A reading for which sources say different values, one of them critical: none is stored.

    Attributes:
        factory_id: Factory of the machine.
        machine_id: Machine.
        sensor_id: Sensor.
        metric: Metric.
        measured_at: When it was measured.
        values: What the sources say, in the metric's unit.
        unit: That unit.
        count: How many such conflicts the sensor has; this is the newest.
    """

    factory_id: str
    machine_id: str
    sensor_id: str
    metric: str
    measured_at: datetime
    values: tuple[float, ...]
    unit: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class SetAside:
    """What batches since a time brought that could not be used.

    Attributes:
        since: Batches whose ingest clock is at or after it count.
        quarantined: Fault -> readings, events and master data with it.
        rejected: Reason -> records.
        metrics: Metric that the profile does not know -> readings.
        units: (Metric, unit) that is unknown or measures another quantity -> readings.
        parts: Each batch and feed.
        limit: Share of a batch above which a person should look: the profile's `alert_share`.
        refused: File of which every record was rejected -> why the first was.
        critical: Open conflicts with a critical value, of whatever batch: the newest of each sensor.
    """

    since: datetime
    quarantined: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, int] = field(default_factory=dict)
    units: Mapping[tuple[str, str], int] = field(default_factory=dict)
    parts: tuple[BatchPart, ...] = ()
    limit: float = 0.01
    refused: Mapping[str, str] = field(default_factory=dict)
    critical: tuple[CriticalConflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of one folder: free bytes and parts of bytes and of file entries; entries None where it has no limit.

    Attributes:
        read_only: Which of the folders on it that jobs write are mounted read-only.
    """

    name: str
    folder: str
    free_bytes: int
    free_share: float
    free_entries_share: float | None = None
    read_only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LayerCommit:
    """The newest commit of a layer."""

    layer: str
    table: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LakeState:
    """The lake's tables.

    Attributes:
        is_there: Whether any table is.
        commits: The newest commit of each layer.
        damaged: Table -> why it cannot be read.
        missing: Tables that the plant has and the lake has not.
        stale: Table -> how old its newest content is, and how old it may be.
        holder: Who writes to the lake now; empty where nobody does.
        why_empty: Why there are no readings, and the next step; empty where there are.
    """

    is_there: bool = False
    commits: tuple[LayerCommit, ...] = ()
    damaged: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    stale: Mapping[str, str] = field(default_factory=dict)
    holder: str = ""
    why_empty: str = ""


@dataclass(frozen=True, slots=True)
class DueTest:
    """A test of a safety function: who, which, and when half of its interval is over and it is due."""

    function: str
    kind: str
    last_passed_at: datetime | None
    half_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """What the newest trip or test says of a safety function, or of a part of it.

    Attributes:
        function: Factory, machine and name.
        part: The part that was measured; empty for the whole.
        kind: trip, proof_test or partial_stroke.
        occurred_at: When it was.
        response_s: Response time of the whole function, as far as it is known.
        limit_s: What it must stay below.
        verdict: That of `gold.safety_response`.
    """

    function: str
    part: str
    kind: str
    occurred_at: datetime
    response_s: float | None
    limit_s: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class SafetyState:
    """The safety functions of the plant.

    Attributes:
        tests: Each test of each function of the profile.
        failed: Functions whose newest trip or test of a kind failed.
        slow: Those whose newest response time is longer than its budget.
        unknown: Functions with records that the profile does not have.
        over: Function -> seconds of its budget and of its limit, where the budget alone is not below it.
    """

    tests: tuple[DueTest, ...] = ()
    failed: tuple[Response, ...] = ()
    slow: tuple[Response, ...] = ()
    unknown: tuple[str, ...] = ()
    over: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CostState:
    """What a month of storage costs.

    Attributes:
        cents: At the newest check, whole cents.
        forecast_cents: 30 days after it; None without a forecast.
        budget_cents: What a month may cost; None for no budget.
        missed_by: Cost less what was forecast for the newest check, by that; None without such a forecast.
    """

    cents: int
    forecast_cents: int | None = None
    budget_cents: int | None = None
    missed_by: float | None = None


@dataclass(frozen=True, slots=True)
class DriftState:
    """What drifts by the newest date of `gold.drift`.

    Attributes:
        until: Last date of the window.
        compared: Comparisons of the fleet and of gateways with enough data.
        drifting: Fleet, or gateway and its name -> features and scores whose verdict is `DRIFT`.
    """

    until: date
    compared: int
    drifting: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Engine:
    """The warm engine: what is known of it, and what is wrong with it, with what to do; empty where nothing is."""

    found: str
    wrong: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part that could not be looked at: its name, the sentence of the error, and what to do."""

    part: str
    reason: str
    step: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything, at one moment. A part that could not be looked at is None, and a trouble says why.

    Attributes:
        at: The moment.
        plant: Name of the plant.
        lake: Folder of the lake.
        least_free: Free part of a disk below which it counts as nearly full.
        worse: What the champion did worse in its newest week than before, in words.
        unsealed: The champion, where no bundle holds it.
        waiting: The version that passed its gate and waits for a person's yes.
        missed: Failures of the last weeks that it did not announce in time.
        standing: Alarms of machines that are active.
        answered_within: Time after which one that nobody answered is critical.
        equipment: Certificates that end, and gateways whose battery is low.
    """

    at: datetime
    plant: str
    lake: str
    least_free: float
    runs: tuple[RunFact, ...] | None = None
    landed: Landed | None = None
    set_aside: SetAside | None = None
    alerts: tuple[Alert, ...] | None = None
    channels: tuple[ChannelView, ...] | None = None
    engine: Engine | None = None
    disks: tuple[Disk, ...] | None = None
    tables: LakeState | None = None
    safety: SafetyState | None = None
    costs: CostState | None = None
    losses: LossState | None = None
    drift: DriftState | None = None
    sensors: SensorState | None = None
    rules: RuleState | None = None
    worse: tuple[str, ...] | None = None
    unsealed: str | None = None
    waiting: str | None = None
    missed: tuple[MissedFailure, ...] | None = None
    standing: tuple[StandingAlarm, ...] | None = None
    answered_within: timedelta = timedelta(hours=8)
    machines: MachineState | None = None
    equipment: EquipmentState | None = None
    troubles: tuple[Trouble, ...] = ()
