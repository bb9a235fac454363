"""What may land: every feed, its columns and its key. Mappings turn a plant's files into these."""

from dataclasses import dataclass

from expectations.errors import ContractError, unknown_name


@dataclass(frozen=True, slots=True)
class FeedColumn:
    """One column that a mapping may fill. `type` is string, bigint, double, boolean, timestamp or binary."""

    name: str
    type: str
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """One kind of record. `time` is the column its time specification fills; `key` tells records apart.

    `words`: The columns whose words a mapping's `[names]` translates.
    """

    name: str
    time: str
    columns: tuple[FeedColumn, ...]
    key: tuple[str, ...]
    description: str
    words: tuple[str, ...] = ("metric",)

    def column(self, name: str) -> FeedColumn:
        """The column of that name.

        Raises:
            ContractError: The feed has no such column; the message lists its columns.
        """
        for column in self.columns:
            if column.name == name:
                return column
        legal = (column.name for column in self.columns)
        raise ContractError(unknown_name(f"column of feed {self.name}", name, legal))


_MACHINE = FeedColumn("machine_id", "string", "Machine as the plant names it", required=True)
_FACTORY = FeedColumn("factory_id", "string", "Factory (site) of the machine", required=True)
_GATEWAY = FeedColumn("gateway_id", "string", "Gateway that sent the record")
_SEQUENCE = FeedColumn("sequence", "bigint", "Number that grows by one with each record a gateway sends")

PROBABILITY = FeedColumn("probability", "double", "Calibrated probability of failure within the horizon")
OUTLOOK = (
    FeedColumn("horizon", "string", "Hours ahead that probability and confidence refer to, as 24h"),
    FeedColumn(
        "failure_expected_h",
        "double",
        "Hours to the next failure, median of rows that scored alike; null beyond the records",
    ),
    FeedColumn("failure_earliest_h", "double", "Hours by which one in ten of them had failed; null beyond the records"),
    FeedColumn("failure_latest_h", "double", "Hours by which nine in ten of them had failed; null beyond the records"),
    FeedColumn(
        "confidence_frac", "double", "1 less the width of the Wilson 95 % interval of their fraction of failures"
    ),
    FeedColumn(
        "probability_low",
        "double",
        "Lower end of the Wilson 95 % interval round probability, of as many cases as episodes scored alike; null of "
        "bundles older than it",
    ),
    FeedColumn("probability_high", "double", "Upper end of that interval"),
)
"""The time that a score leaves; all null without a failure model. How it is counted: `ml.outlook.outlook`."""

MODEL_SCORES = FeedColumn(
    "model_scores",
    "string",
    "Score and decision of each model by its name, JSON, where a bundle has several models of a kind: margin and "
    "path_length are then of the first; null elsewhere",
)

NOT_SCORED_REASON = FeedColumn(
    "not_scored_reason",
    "string",
    "Why a model of the bundle did not score this time, so that its column is null; null where all did",
)


def _event(name: str, code: str, description: str) -> Feed:
    return Feed(
        name,
        "occurred_at",
        (
            FeedColumn("occurred_at", "timestamp", "When it happened", required=True),
            _MACHINE,
            _FACTORY,
            FeedColumn("code", "string", code, required=True),
            FeedColumn("detail", "string", "Free text of the source"),
            FeedColumn("state", "string", "State that the event is about, such as raised, acknowledged or returned"),
        ),
        ("machine_id", "factory_id", "code", "occurred_at", "state", "detail"),
        description,
    )


READINGS = Feed(
    "readings",
    "measured_at",
    (
        FeedColumn("measured_at", "timestamp", "When the sensor measured", required=True),
        FeedColumn("sensor_id", "string", "Sensor as the plant names it", required=True),
        _MACHINE,
        _FACTORY,
        FeedColumn("metric", "string", "What is measured, as the profile names it", required=True),
        FeedColumn("value", "double", "The reading, in `unit`", required=True),
        FeedColumn("unit", "string", "Unit of the value as sent", required=True),
        _GATEWAY,
        _SEQUENCE,
        FeedColumn("revision", "bigint", "Number of the record's version as the source counts them; greater is later"),
        FeedColumn("revised_at", "timestamp", "When the source exported or changed the record, as the record says"),
    ),
    ("factory_id", "machine_id", "sensor_id", "metric", "measured_at"),
    "One reading of one sensor",
)
MACHINES = Feed(
    "machines",
    "valid_from",
    (
        FeedColumn("valid_from", "timestamp", "Since when this is true of the machine", required=True),
        _MACHINE,
        _FACTORY,
        FeedColumn("machine_model", "string", "Model of the machine"),
        FeedColumn("moved_from", "string", "Factory that the machine came from, its history with it"),
        FeedColumn("attributes", "string", "Further attributes as one JSON object of texts"),
    ),
    ("machine_id", "factory_id", "valid_from"),
    "Master data of machines, a record for each change",
)
EDGE_SCORES = Feed(
    "edge_scores",
    "scored_at",
    (
        FeedColumn("scored_at", "timestamp", "Grid time the score refers to", required=True),
        _MACHINE,
        _FACTORY,
        _GATEWAY,
        _SEQUENCE,
        FeedColumn("bundle", "string", "Bundle as name@version+build", required=True),
        FeedColumn("margin", "double", "Failure model's float32 margin, as float64"),
        PROBABILITY,
        FeedColumn("path_length", "double", "Isolation Forest's sum of path lengths"),
        FeedColumn("feature_digest", "string", "Digest of the feature vector", required=True),
        FeedColumn("decision", "string", "none, watch, maintain or stop_request", required=True),
        FeedColumn("is_warming_up", "boolean", "Windows were not yet filled since the gateway started"),
        FeedColumn("latency_us", "bigint", "Time the decision took on the gateway, microseconds"),
        *OUTLOOK,
        MODEL_SCORES,
        FeedColumn("made_us", "bigint", "When it was made, by the gateway's clock, microseconds since 1970 in UTC"),
        NOT_SCORED_REASON,
        FeedColumn("bundle_sha256", "string", "SHA-256 of the bundle's signed manifest, which names all else"),
    ),
    ("machine_id", "factory_id", "scored_at", "bundle", "gateway_id"),
    "Scores computed on gateways",
)
ALERTS = Feed(
    "alerts",
    "raised_at",
    (
        FeedColumn("raised_at", "timestamp", "When the gateway raised it", required=True),
        _MACHINE,
        _FACTORY,
        _GATEWAY,
        _SEQUENCE,
        FeedColumn("code", "string", "Rule that fired, e.g. ABOVE_MAXIMUM", required=True),
        FeedColumn("severity", "string", "WARNING or CRITICAL", required=True),
        FeedColumn("metric", "string", "Metric the rule refers to"),
        FeedColumn("value", "double", "Reading in its metric's unit; without a metric the score compared"),
        FeedColumn("threshold", "double", "Limit that the value is at or beyond, of the same kind"),
        FeedColumn("message", "string", "The alert in words"),
        PROBABILITY,
        *OUTLOOK,
    ),
    ("machine_id", "factory_id", "raised_at", "code", "metric", "gateway_id"),
    "Local alerts raised on gateways",
)

SAFETY = Feed(
    "safety",
    "occurred_at",
    (
        FeedColumn("occurred_at", "timestamp", "When the trip or test was", required=True),
        _MACHINE,
        _FACTORY,
        FeedColumn("function_id", "string", "Safety function as the plant names it", required=True),
        FeedColumn("kind", "string", "trip, proof_test or partial_stroke", required=True),
        FeedColumn(
            "part", "string", "Part of the function that was measured; null: all of it, sensor to final element"
        ),
        FeedColumn("response_time_s", "double", "Measured time from demand to safe state, seconds"),
        FeedColumn("response_time_ms", "double", "The same in milliseconds, where the source writes these"),
        FeedColumn("outcome", "string", "passed or failed; null where the source does not say"),
        FeedColumn("detail", "string", "Free text of the source"),
    ),
    ("machine_id", "factory_id", "function_id", "kind", "occurred_at", "part"),
    "Trips and tests of safety functions, one way in: nothing is sent to a safety system",
    words=("kind", "outcome"),
)

ANSWERS = Feed(
    "answers",
    "answered_at",
    (
        FeedColumn("answered_at", "timestamp", "When the answer was given", required=True),
        _MACHINE,
        _FACTORY,
        FeedColumn("answer", "string", "acknowledged, confirmed, refuted or unclear", required=True),
        FeedColumn("answered_by", "string", "Who answered, as the source names them"),
        FeedColumn("note", "string", "Free text of the source"),
    ),
    ("machine_id", "factory_id", "answered_at", "answer", "answered_by", "note"),
    "Technicians' answers to alarms of machines",
    words=("answer",),
)

WAVEFORMS = Feed(
    "waveforms",
    "started_at",
    (
        FeedColumn("started_at", "timestamp", "When the first sample was taken", required=True),
        FeedColumn("sensor_id", "string", "Sensor as the plant names it", required=True),
        _MACHINE,
        _FACTORY,
        FeedColumn("rate_hz", "double", "Samples in a second", required=True),
        FeedColumn("unit", "string", "Unit of the samples, an acceleration", required=True),
        FeedColumn("scale", "double", "What a number is multiplied by to be in `unit`", required=True),
        FeedColumn("speed_rpm", "double", "Speed of the shaft in the window, as sent, turns a minute"),
        FeedColumn("encoding", "string", "What the bytes are: float32, float64, int16 or int32", required=True),
        FeedColumn("sample_count", "bigint", "Number of samples", required=True),
        FeedColumn("samples", "binary", "The samples as numbers, little-endian, without a gap", required=True),
        _GATEWAY,
        _SEQUENCE,
    ),
    ("machine_id", "factory_id", "sensor_id", "started_at"),
    "Windows of vibration samples",
)

_PLACE_OF_GATEWAY = FeedColumn("factory_id", "string", "Factory (site) of the gateway", required=True)

HEARTBEATS = Feed(
    "heartbeats",
    "sent_at",
    (
        FeedColumn("sent_at", "timestamp", "When the gateway reported, by its clock", required=True),
        _PLACE_OF_GATEWAY,
        FeedColumn("gateway_id", "string", "Gateway that reports", required=True),
        FeedColumn("software_version", "string", "Version of its software"),
        FeedColumn("slot", "string", "Slot of its storage that it started from, such as A or B"),
        FeedColumn("bundle", "string", "Bundle that it scores by, as name@version+build"),
        FeedColumn("battery_pct", "double", "Charge of its battery, 0 to 100"),
        FeedColumn("memory_used_pct", "double", "Memory in use, 0 to 100"),
        FeedColumn("disk_used_pct", "double", "Storage in use, 0 to 100"),
        FeedColumn("latency_ms", "double", "Time of a message there and back, milliseconds"),
        FeedColumn("uptime_s", "double", "Time since it started, seconds"),
        FeedColumn("note", "string", "Free text of the source"),
    ),
    ("factory_id", "gateway_id", "sent_at"),
    "What gateways report of themselves",
)
SUMMARIES = Feed(
    "summaries",
    "summarised_at",
    (
        FeedColumn("summarised_at", "timestamp", "When the last of the records was that it replaces", required=True),
        _PLACE_OF_GATEWAY,
        FeedColumn("gateway_id", "string", "Gateway that reduced them", required=True),
        FeedColumn("first_sequence", "bigint", "Number of the first of them", required=True),
        FeedColumn("last_sequence", "bigint", "Number of the last of them", required=True),
        FeedColumn("note", "string", "Free text of the source"),
    ),
    ("factory_id", "gateway_id", "summarised_at", "first_sequence", "last_sequence"),
    "Numbers of records that gateways reduced on purpose, and do not send one by one",
)
CERTIFICATES = Feed(
    "certificates",
    "not_after",
    (
        FeedColumn("not_after", "timestamp", "Until when it is valid", required=True),
        FeedColumn("factory_id", "string", "Factory (site) of the gateway or machine", required=True),
        FeedColumn("gateway_id", "string", "Gateway that has it; null: a machine has"),
        FeedColumn("machine_id", "string", "Machine that has it; null: a gateway has"),
        FeedColumn("certificate", "string", "What it is called: its use, or its common name", required=True),
        FeedColumn("not_before", "string", "From when it is valid, ISO 8601 with offset or Z"),
        FeedColumn("serial_number", "string", "Its serial number or fingerprint"),
        FeedColumn("issuer", "string", "Who issued it"),
    ),
    ("factory_id", "gateway_id", "machine_id", "certificate", "not_after", "serial_number"),
    "Certificates of gateways and machines",
)

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        READINGS,
        MACHINES,
        _event("maintenance", "Component serviced or kind of work", "Maintenance records"),
        _event("failures", "Component or mode that failed", "Failures"),
        _event("errors", "Error code of the machine's control", "Error codes"),
        EDGE_SCORES,
        ALERTS,
        SAFETY,
        WAVEFORMS,
        ANSWERS,
        HEARTBEATS,
        SUMMARIES,
        CERTIFICATES,
    )
}


def feed(name: str) -> Feed:
    """The feed of that name.

    Raises:
        ContractError: No such feed; the message lists the legal ones.
    """
    if name not in FEEDS:
        raise ContractError(unknown_name("feed", name, FEEDS))
    return FEEDS[name]
