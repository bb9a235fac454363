"""Gold: what people ask. Columns of wide tables follow from the plant's profile."""

from expectations.features import Feature, features_of
from expectations.feeds import MODEL_SCORES, NOT_SCORED_REASON, OUTLOOK, PROBABILITY, FeedColumn
from expectations.plant.plant_profile import Profile
from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.counters import COUNTER_DAILY, COUNTER_INCREMENTS
from expectations.tables.gold_costs import STORAGE_COSTS
from expectations.tables.gold_delays import FEED_DELAYS
from expectations.tables.gold_downtime import DOWNTIME, UPTIME
from expectations.tables.gold_drift import DRIFT, DRIFT_SKETCHES
from expectations.tables.gold_gateways import CLOCK_SUSPECTS, GATEWAY_DAILY
from expectations.tables.gold_health import MACHINE_HEALTH, MACHINES_NOW
from expectations.tables.gold_interventions import INTERVENTIONS, censored, censoring_rules
from expectations.tables.gold_missed import MISSED_FAILURE_FEATURES, MISSED_FAILURES
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.gold_reasons import ALARM_REASONS
from expectations.tables.gold_rules import RULE_CHECKS
from expectations.tables.gold_safety import SAFETY_RESPONSE, SAFETY_TESTS
from expectations.tables.gold_savings import BUNDLES, MAINTENANCE_SAVINGS
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from expectations.tables.gold_stages import ALARM_STAGES
from expectations.tables.gold_trends import TRENDS
from expectations.tables.gold_work_list import WORK_LIST
from expectations.tables.reconciliation import RECONCILIATION
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, PROVENANCE, SCORED_AT
from expectations.units import unit

DECISIONS = ("none", "watch", "maintain", "stop_request")
SOURCES = ("batch", "edge")
NOT_SCORED = {
    "windows_missing": "Windows of readings are missing that its training's machines usually have, as after an outage",
}
SCORE_FAULTS = {
    "bundle_unknown": "This lake has no bundle of that name",
    "bundle_content_differs": "This lake's bundle of that name has another content: another lake sealed it",
    "decision_unknown": "The request is none that a bundle can make",
}

_LOCAL_DATE = Column("local_date", "date", "Date in the factory's time zone", nullable=False)
_SCORED_DATE = Column("scored_date", "date", "UTC date of the grid time", nullable=False)
_COUNT = Column("reading_count", "bigint", "Readings of all metrics", nullable=False, minimum=0)
_WARNINGS = Column("warning_count", "bigint", "Readings beyond a warning limit", nullable=False, minimum=0)
_CRITICALS = Column("critical_count", "bigint", "Readings beyond a critical limit", nullable=False, minimum=0)


def _anomalies(name: str, words: str) -> Column:
    return Column(name, "bigint", f"{words}; null where older code counted", minimum=0)


_ANOMALIES = _anomalies("anomaly_count", "Threshold events, rapid changes and statistical anomalies that lasted on it")
_OF_ANOMALIES = (
    _anomalies("threshold_event_count", "Of them: beyond a limit of a warning"),
    _anomalies("critical_event_count", "Events beyond a critical limit; one threshold event can hold several"),
    _anomalies("rapid_change_count", "Of them: changing rapidly"),
    _anomalies("statistical_anomaly_count", "Of them: far from the readings before"),
)
DAILY_STATISTICS = ("mean", "deviation", "minimum", "maximum")


def machine_daily(profile: Profile) -> Table:
    """One row per machine and local day, with statistics of each metric."""
    return Table(
        "gold", "machine_daily",
        "Each machine's day: statistics of every metric, readings, readings beyond limits, anomalies",
        (
            MACHINE_ID, FACTORY_ID, _LOCAL_DATE, _COUNT, _WARNINGS, _CRITICALS, _ANOMALIES, *_OF_ANOMALIES,
            *(column for name in profile.metrics for column in _daily_columns(profile, name)),
        ),
        key=("machine_id", "factory_id", "local_date"),
        partition_by=("local_date",),
        rules=(
            Rule("anomalies_add_up", "anomaly_count IS NULL OR (anomaly_count = threshold_event_count + "
                 "rapid_change_count + statistical_anomaly_count "
                 "AND (critical_event_count = 0 OR threshold_event_count > 0))",
                 Severity.FAIL, "The anomalies are the sum of their kinds; what is critical is beyond a warning too"),
        ),
        retention_days=30,
    )  # fmt: skip


def _daily_columns(profile: Profile, name: str) -> list[Column]:
    symbol = profile.metric(name).unit
    suffix = unit(symbol).suffix
    columns = [
        Column(f"{name}_{statistic}_{suffix}", "double", f"{statistic} of {name}; null without readings", unit=symbol)
        for statistic in DAILY_STATISTICS
    ]
    columns.append(Column(f"{name}_reading_count", "bigint", f"Readings of {name}", minimum=0))
    columns.append(Column(f"{name}_warning_count", "bigint", f"Readings of {name} beyond a warning limit", minimum=0))
    return columns


FACTORY_DAILY = Table(
    "gold", "factory_daily",
    "Each factory's day: readings, distinct active machines, readings beyond limits, anomalies",
    (
        FACTORY_ID, _LOCAL_DATE, _COUNT,
        Column("active_machine_count", "bigint", "Machines with at least one reading", nullable=False, minimum=1),
        _WARNINGS, _CRITICALS, _ANOMALIES,
    ),
    key=("factory_id", "local_date"),
    partition_by=("local_date",),
    retention_days=30,
)  # fmt: skip


def machine_features(profile: Profile) -> Table:
    """Point-in-time feature vectors on the plant's score grid."""
    return Table(
        "gold", "machine_features",
        "What was known of a machine at a grid time: features of closed buckets and earlier events only",
        (
            MACHINE_ID, FACTORY_ID, SCORED_AT, _SCORED_DATE,
            *(_feature_column(feature) for feature in features_of(profile)),
        ),
        key=("machine_id", "factory_id", "scored_at"),
        partition_by=("scored_date",),
        retention_days=30,
        newest_by="scored_at",
    )  # fmt: skip


def _feature_column(feature: Feature) -> Column:
    words = {
        "window": f"{feature.statistic} of {feature.metric} over the {feature.window_s} s before; null under coverage",
        "event_count": f"{feature.event_kind} {feature.code or 'events'} in the {feature.window_s} s before",
        "hours_since": f"Hours since the last {feature.event_kind} {feature.code}; null when none is known",
        "attribute": f"The machine's {feature.attribute}",
        "level": f"1 when {feature.attribute} is {feature.level}",
    }
    return Column(feature.name, "double", words[feature.kind].replace("  ", " "), unit=feature.unit)


def failure_labels(profile: Profile) -> Table:
    """What became true after a grid time, for each horizon; null where it cannot be known or must not be used."""
    horizons = tuple(
        Column(
            f"failure_within_{horizon}", "int", f"1 when a failure T has t < T <= t + {horizon}; null when unknown",
            minimum=0, maximum=1,
        )
        for horizon in profile.labels.horizons
    )  # fmt: skip
    return Table(
        "gold", "failure_labels",
        "What happened after each grid time; no label where the machine is down, where an intervention comes first, or "
        "where failures are not known",
        (
            MACHINE_ID, FACTORY_ID, SCORED_AT, _SCORED_DATE, *horizons,
            *(censored(horizon) for horizon in profile.labels.horizons),
            Column(
                "hours_to_failure", "double",
                "Hours to the next failure; null where none is on record within the longest horizon", unit="h",
            ),
            Column("is_down", "boolean", "Between a failure and its repair", nullable=False),
        ),
        key=("machine_id", "factory_id", "scored_at"),
        partition_by=("scored_date",),
        rules=censoring_rules(profile),
        retention_days=30,
    )  # fmt: skip


DATA_QUALITY = Table(
    "gold", "data_quality",
    "Outcome of the records of each batch: every record is in exactly one class",
    (
        Column("batch_id", "bigint", "Ingest batch", nullable=False),
        Column("feed", "string", "Feed of the records", nullable=False),
        Column("ingested_at", "timestamp", "Clock of the ingest run", unit="UTC", nullable=False),
        *(
            Column(name, "bigint", words, nullable=False)
            for name, words in (
                ("records", "Records counted at the files"),
                ("accepted", "Records stored in silver (edge scores in gold, alerts in bronze), less what left"),
                ("duplicate", "Records that repeat another record; negative where a conflict freed some"),
                ("quarantined", "Records set aside in silver with their faults"),
                ("rejected", "Records that cannot be read"),
                ("blank", "Records that say: no value"),
            )
        ),
        Column(
            "replaced", "bigint",
            "Records of a content that was read again since: rejected ones, and of feeds but readings all; null: none",
        ),
        Column("fault_share_frac", "double", "Quarantined and rejected records by records", unit="1"),
        Column("is_alert", "boolean", "The fraction set aside is above the profile's alert_share", nullable=False),
        Column("verdict", "string", "Verdict of the silver gate", nullable=False),
    ),
    key=("batch_id", "feed"),
    rules=(
        Rule(
            "accounting", "records = accepted + duplicate + quarantined + rejected + blank + coalesce(replaced, 0)",
            Severity.FAIL, "Every record is accounted for, to the unit",
        ),
    ),
    retention_days=30,
)  # fmt: skip

FRESHNESS = Table(
    "gold", "freshness",
    "How old the newest content of each table was at a check, against its deadline; a row where a check found a change",
    (
        Column("checked_at", "timestamp", "Clock of the check", unit="UTC", nullable=False),
        Column("table_name", "string", "Table", nullable=False),
        Column("newest_at", "timestamp", "Newest instant in the table", unit="UTC"),
        Column("age_h", "double", "Hours from then to the check", unit="h"),
        Column("deadline_h", "double", "Hours allowed", unit="h", nullable=False),
        Column("is_late", "boolean", "Older than allowed, or empty", nullable=False),
    ),
    key=("checked_at", "table_name"),
    retention_days=30,
)  # fmt: skip


def _score_column(column: FeedColumn, symbol: str) -> Column:
    """A column that scores from gateways carry too: one meaning, in bronze and in gold."""
    return Column(column.name, column.type, column.description, unit=symbol)


_OUTLOOK_UNITS = ("", "h", "h", "h", "1", "1", "1")

PREDICTIONS = Table(
    "gold", "predictions",
    "Every score, batch and edge, append only; equal feature digests have equal margins and path lengths",
    (
        MACHINE_ID, FACTORY_ID, SCORED_AT, _SCORED_DATE,
        Column("bundle", "string", "Bundle that scored, as name@version+build", nullable=False),
        Column("source", "string", "Where it was scored", nullable=False, allowed=SOURCES),
        Column("gateway_id", "string", "Gateway, for edge scores"),
        Column("margin", "double", "Failure model's float32 margin", unit="1"),
        _score_column(PROBABILITY, "1"),
        Column("path_length", "double", "Isolation Forest's sum of path lengths", unit="1"),
        Column("feature_digest", "string", "Digest of the feature vector", nullable=False),
        Column("decision", "string", "What the score requests", nullable=False, allowed=DECISIONS),
        Column("is_warming_up", "boolean", "The gateway's windows were not yet filled", nullable=False),
        *(_score_column(column, symbol) for column, symbol in zip(OUTLOOK, _OUTLOOK_UNITS, strict=True)),
        _score_column(MODEL_SCORES, ""),
        Column("made_at", "timestamp", "When the score was made, by the clock of the run or of the gateway; null where "
               "older code made it", unit="UTC"),
        Column("is_in_sample", "boolean", "Whether a training of the bundle's models may have seen the outcome of this "
               "time: such a score is no prediction. Null: not known; figures count it as if it had"),
        Column("bundle_sha256", "string", "SHA-256 of the bundle's signed manifest, which names all else; null where "
               "the score carries none"),
        Column("is_matched_by_name", "boolean", "Whether only its name says which bundle made the score, for it or the "
               "bundle's row carries no digest. Null: older code took it, by name"),
        _score_column(NOT_SCORED_REASON, ""),
        Column("sampled_frac", "double", "Probability with which the score was drawn for a technician to look at the "
               "machine, see `assay ask inspections`; null: not drawn", unit="1", minimum=0, maximum=1),
    ),
    key=("machine_id", "factory_id", "scored_at", "bundle", "source"),
    partition_by=("scored_date",),
    retention_days=30,
    newest_by="scored_at",
)  # fmt: skip

PREDICTIONS_QUARANTINE = Table(
    "gold", "predictions_quarantine",
    "Scores of gateways that cannot be taken, with the reason; whole records are in bronze.edge_scores",
    (
        MACHINE_ID, FACTORY_ID, SCORED_AT,
        Column("bundle", "string", "Bundle that scored, as sent", nullable=False),
        Column("bundle_sha256", "string", "SHA-256 of its signed manifest, as sent"),
        Column("gateway_id", "string", "Gateway, as sent"),
        Column("decision", "string", "What the score requests, as sent", nullable=False),
        Column("_faults", "array<string>", f"Fault codes: {', '.join(SCORE_FAULTS)}", nullable=False),
        *PROVENANCE,
    ),
    key=("_file_id", "_line"),
    retention_days=30,
    faults=tuple(SCORE_FAULTS.items()),
)  # fmt: skip

MODEL_VERSIONS = Table(
    "gold", "model_versions",
    "Every trained model: from which data, with which parameters, how good, where its files are",
    (
        Column("version", "string", "Hash of data versions, parameters, code and libraries", nullable=False),
        Column("plant", "string", "Plant profile", nullable=False),
        Column("horizon", "string", "Horizon of the failure model's prediction"),
        Column("trained_at", "timestamp", "Clock of the training run", unit="UTC", nullable=False),
        Column("kinds", "string", "Models inside: failure, anomaly", nullable=False),
        Column("data_versions", "string", "Delta versions of the tables trained on, JSON", nullable=False),
        Column("parameters", "string", "Parameters, JSON", nullable=False),
        Column("code_revision", "string", "Revision of the code", nullable=False),
        Column("metrics", "string", "Figures with their denominators, JSON", nullable=False),
        Column("artifact", "string", "Model folder below the lake", nullable=False),
        Column("artifact_sha256", "string", "SHA-256 over the folder's files", nullable=False),
    ),
    key=("version",),
    retention_days=400,
)  # fmt: skip

MODEL_ALIASES = Table(
    "gold", "model_aliases",
    "Which version bears which name since when; the latest row of an alias holds, of `retired` every row",
    (
        Column("alias", "string", "champion, challenger, previous or retired", nullable=False,
               allowed=("champion", "challenger", "previous", "retired")),
        Column("version", "string", "Version that bears it", nullable=False),
        Column("sequence", "bigint", "Number that grows with each change", nullable=False, minimum=1),
        Column("set_at", "timestamp", "When", unit="UTC", nullable=False),
        Column("set_by", "string", "Job or person", nullable=False),
        Column("reason", "string", "Why", nullable=False),
    ),
    key=("alias", "sequence"),
    retention_days=400,
)  # fmt: skip

GATE_DECISIONS = Table(
    "gold", "gate_decisions",
    "Every decision on a model with every number and threshold it rests on; the newest on a version and champion holds",
    (
        Column("version", "string", "Version evaluated", nullable=False),
        Column("champion", "string", "Champion it was compared with; null for the first"),
        Column("decided_at", "timestamp", "When", unit="UTC", nullable=False),
        Column("verdict", "string", "Verdict", nullable=False, allowed=("PASS", "WARN", "FAIL", "INSUFFICIENT_DATA")),
        Column("is_promoted", "boolean", "Whether the version became champion", nullable=False),
        Column("is_provisional", "boolean", "Too few tested failures to be sure", nullable=False),
        Column("report", "string", "Checks with numbers and thresholds, JSON", nullable=False),
        Column("reason", "string", "Reason given for the training or evaluation; null without one"),
    ),
    key=("version", "champion", "decided_at"),
    retention_days=400,
)  # fmt: skip


def tables(profile: Profile) -> tuple[Table, ...]:
    """Every gold table of a plant."""
    return (
        machine_daily(profile), FACTORY_DAILY, TRENDS, MACHINE_HEALTH, COUNTER_INCREMENTS, COUNTER_DAILY,
        machine_features(profile), INTERVENTIONS, failure_labels(profile), DATA_QUALITY, FRESHNESS, FEED_DELAYS,
        PREDICTIONS, PREDICTIONS_QUARANTINE, SHADOW_PREDICTIONS, MODEL_VERSIONS,
        MODEL_ALIASES, GATE_DECISIONS, DOWNTIME, UPTIME, MACHINES_NOW, WORK_LIST,
        STORAGE_COSTS, SAFETY_RESPONSE, SAFETY_TESTS, BUNDLES,
        MAINTENANCE_SAVINGS, ALARM_REASONS, MODEL_PERFORMANCE, MISSED_FAILURES, MISSED_FAILURE_FEATURES, ALARM_STAGES,
        DRIFT_SKETCHES, DRIFT, RECONCILIATION, GATEWAY_DAILY, CLOCK_SUSPECTS, RULE_CHECKS,
    )  # fmt: skip
