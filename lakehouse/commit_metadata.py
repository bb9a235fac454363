"""What the commits of the lake's tables say: a dataclass here, readable JSON (`userMetadata`) in a table's log.

A key of the JSON has the name of its field. `lakehouse.commit_json` reads also the keys of older versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from expectations.conventions import Conventions
from expectations.mapping.keep import Keep
from expectations.plant.plant_profile import CounterRule


@dataclass(frozen=True, slots=True)
class Audit:
    """The outcome of a batch's audit.

    Attributes:
        verdict: PASS; a batch that fails is not published.
        suite: Digest of the rules; the first versions recorded none.
        code: Revision of the code; the first versions recorded none.
        warned: Rule of severity warn -> rows that break it, of rules that some do; older versions recorded none.
    """

    verdict: str
    suite: str | None = None
    code: str | None = None
    warned: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """Readings of a batch by their outcome, `quarantined` by fault; or, as a correction, what these change by."""

    accepted: int
    duplicate: int
    quarantined: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MissingRows:
    """Readings of earlier versions of a path that its latest one lacks and that are stored all the same.

    Attributes:
        rows: How many.
        examples: The first of them: machine, sensor, metric and time.
        why: Why they are not withdrawn although the mapping says so; empty where it does not.
        coarser: What stamps the latest version has them by, such as whole seconds; empty: it does not have them.
    """

    rows: int
    examples: tuple[str, ...] = ()
    why: str = ""
    coarser: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force.

    Attributes:
        models: Key of a machine -> its model, of the machines whose model has limits of its own.
        metrics: Metric -> its limits and those of its overrides, each as the keys that are set.
    """

    models: Mapping[str, str]
    metrics: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GridTimes:
    """Up to which grid time features are built, and the newest that readings reach; UTC."""

    closed_until: datetime
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabelRules:
    """The horizons of labels as the profile writes them, and how long a repair takes, seconds.

    `hours_end`: hours to a failure end at the longest horizon; older versions gave them at any distance.
    """

    horizons: tuple[str, ...]
    repair_s: int
    hours_end: bool = False


@dataclass(frozen=True, slots=True)
class LabelBasis:
    """What labels follow from beside tables: until when failures are known (UTC) and the rules of the profile."""

    records_end: datetime
    rules: LabelRules


@dataclass(frozen=True, slots=True)
class Sampling:
    """By which numbers of the policy scores were drawn for technicians: two fractions, and hours."""

    quiet_frac: float
    request_frac: float
    answer_hours: float


@dataclass(frozen=True, slots=True)
class Scoring:
    """SHA-256 of the bundle that scored, or the version that did in shadow; None: only gateways' scores came in."""

    bundle: str | None = None
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True)
class CommitMetadata:
    """What one commit says; None, or an empty `built_from`, where it says nothing of it.

    Attributes:
        built_from: Table -> its version up to which this table is built.
        audit: Outcome of the audit of the commit's rows.
        batch: Number of the ingest batch whose rows these are.
        state: Of a batch in the ledger: `admitted` or `done`.
        dates: Values of the first partition column that the commit touches.
        since: UTC date of the earliest row that changed.
        batches: Feed -> newest ingest batch that the table has seen.
        clock: Whose clock times are compared with: `file`, or `run` as older versions did.
        identity: What tells the table's rows apart, where older versions took less.
        ranks: By which versions of files records rank, where older versions took fewer.
        rows: Records of the batch.
        counts: The batch's readings by their outcome.
        unknown: Fault -> name that does not fit -> its records.
        missing: Path -> what its latest version lacks, of paths with new versions in the batch.
        corrections: Batch -> what its counts change by.
        limits: The limits by which readings are accepted.
        keep: Mapping -> which of several values of one key is stored of its readings.
        aside: Rule of the plant that sets readings aside -> its condition; in commits with limits, older have none.
        plant: Name of the plant whose lake it is.
        conventions: What whole numbers and dates of the lake mean.
        grid: Up to where features are built.
        delays: Kind of event -> how much later than its time features use it, seconds; older versions used it at once.
        labels: What labels follow from beside tables.
        scoring: With what predictions were scored.
        alert_share: Above this fraction of faulty records a batch is an alert.
        safety: Digest of the safety functions of the profile.
        work: Digest of what texts of maintenance records mean, and of how alarms behave.
        costs: Digest of the prices and of the numbers by which alarms are counted.
        drift: Digest of the features that are compared, or of the windows and limits by which they are.
        sensors: Digest of what sensors are held against: the profile's rules and the policy's numbers.
        rules: Digest of other rules that the rows follow from.
        counters: Metric -> the rule of its increments, of the metrics that are counters.
        vibration: From where windows of waveforms have the shaft's speed, as the profile says it.
        replaced: Number of readings of contents that were read again, which the rows are without.
        clocks: Number of files of older versions that got a clock.
        created: The table was made.
        asked: Rule over several tables, with the digest of its question -> table -> version of which it was asked.
    """

    built_from: Mapping[str, int] = field(default_factory=dict)
    audit: Audit | None = None
    batch: int | None = None
    state: str | None = None
    dates: tuple[date, ...] | None = None
    since: date | None = None
    batches: Mapping[str, int] | None = None
    clock: str | None = None
    identity: tuple[str, ...] | None = None
    ranks: str | None = None
    rows: int | None = None
    counts: RecordCounts | None = None
    unknown: Mapping[str, Mapping[str, int]] | None = None
    missing: Mapping[str, MissingRows] | None = None
    corrections: Mapping[int, RecordCounts] | None = None
    limits: Limits | None = None
    keep: Mapping[str, Keep] | None = None
    aside: Mapping[str, str] | None = None
    plant: str | None = None
    conventions: Conventions | None = None
    grid: GridTimes | None = None
    delays: Mapping[str, int] | None = None
    labels: LabelBasis | None = None
    scoring: Scoring | None = None
    alert_share: float | None = None
    safety: str | None = None
    work: str | None = None
    costs: str | None = None
    drift: str | None = None
    sensors: str | None = None
    rules: str | None = None
    counters: Mapping[str, CounterRule] | None = None
    vibration: str | None = None
    replaced: int | None = None
    clocks: int | None = None
    created: bool | None = None
    asked: Mapping[str, Mapping[str, int]] | None = None
