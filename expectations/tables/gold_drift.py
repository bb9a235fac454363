"""Gold: how features and scores are distributed, and how far a window's distribution is from those before it."""

from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID

DRIFT_SCOPES = {
    "fleet": "All machines of the plant",
    "gateway": "The machines that a gateway scored in the window",
    "machine": "One machine in one factory",
}
DRIFT_SOURCES = {
    "features": "`gold.machine_features`",
    "batch": "Scores of the plant in `gold.predictions`",
    "edge": "Scores of gateways in `gold.predictions`",
}
DRIFT_VERDICTS = {
    "NO_DRIFT": "No distance is beyond its limit",
    "WARN": "One distance is beyond its limit",
    "DRIFT": "Two or three are",
    "INSUFFICIENT_DATA": "Too few rows to compare; the reason says which",
}
DRIFT_REASONS = {
    "no_values": "No row of the window has a finite value",
    "few_rows": "The window has fewer rows with a finite value than `drift_minimum_rows` of the policy",
    "no_reference": "No row of the windows before has a finite value",
    "few_weeks": "Fewer windows before it than `drift_minimum_windows` of the policy have rows enough",
    "constant_reference": "All rows before have one value: no distance says how unusual another is",
    "ks": "The Kolmogorov-Smirnov distance is beyond its limit",
    "psi": "The population stability index is beyond its limit",
    "kl": "The divergence of the window from those before it is beyond its limit",
}
_SOURCE = Column("source", "string", "What is counted", nullable=False, allowed=tuple(DRIFT_SOURCES))
_FEATURE = Column("feature", "string", "Feature, or `margin` or `path_length` of a score", nullable=False)
_BUNDLE = Column("bundle", "string", "Bundle that scored; null for features")


def _rows(name: str, words: str) -> Column:
    return Column(name, "bigint", words, nullable=False, minimum=0)


DRIFT_SKETCHES = Table(
    "gold", "drift_sketches",
    "Each machine's rows of a feature or score on a UTC date, counted in bins that are the same everywhere: any "
    "of them add exactly",
    (
        MACHINE_ID, FACTORY_ID, _SOURCE, _FEATURE, _BUNDLE,
        Column("gateway_id", "string", "Gateway that scored; null for all else"),
        Column("sketch_date", "date", "UTC date of the grid times", nullable=False),
        _rows("row_count", "Rows with a finite value"),
        _rows("missing_count", "Rows without a value"),
        _rows("infinite_count", "Rows with an infinite value"),
        Column("sketch", "binary", "Eight bytes for each bin with rows, ascending: number of the bin, then its rows, "
               "both as 32-bit integers, little-endian; `ml/drift/sketch.py` says what a bin holds", nullable=False),
    ),
    key=("machine_id", "factory_id", "source", "feature", "bundle", "gateway_id", "sketch_date"),
    partition_by=("sketch_date",),
    retention_days=30,
)  # fmt: skip


def _distance(name: str, words: str, unit: str) -> Column:
    return Column(name, "double", f"{words}; null where there is not enough data", unit=unit, minimum=0, maximum=1000)


DRIFT = Table(
    "gold", "drift",
    "How far the distribution of a feature or score in the window that ends with a date is from the windows before it",
    (
        Column("scope", "string", "Of what", nullable=False, allowed=tuple(DRIFT_SCOPES)),
        Column("name", "string", "Which machine or gateway; `fleet`", nullable=False),
        Column("factory_id", "string", "Factory of the machine; null for other scopes"),
        _SOURCE, _FEATURE, _BUNDLE,
        Column("until_date", "date", "Last date of the window, UTC", nullable=False),
        Column("verdict", "string", "What follows", nullable=False, allowed=tuple(DRIFT_VERDICTS)),
        Column("reasons", "array<string>", f"Why: {', '.join(DRIFT_REASONS)}; empty where nothing drifts",
               nullable=False),
        _distance("ks", "Kolmogorov-Smirnov distance", "1"),
        _distance("psi", "Population stability index over tenths of the reference", "nats"),
        _distance("kl", "KL(current || reference) over the same tenths", "nats"),
        _distance("ks_limit", "Limit in force: the policy's, or the feature's own where that is greater", "1"),
        _distance("psi_limit", "Limit in force, likewise", "nats"),
        _distance("kl_limit", "Limit in force, likewise", "nats"),
        _rows("row_count", "Rows of the window with a finite value"),
        _rows("missing_count", "Rows of the window without a value, which no distance counts"),
        _rows("infinite_count", "Rows of the window with an infinite value, likewise"),
        _rows("reference_row_count", "Rows of the windows before with a finite value"),
        _rows("reference_missing_count", "Rows of the windows before without a value"),
    ),
    key=("scope", "name", "factory_id", "source", "feature", "bundle", "until_date"),
    partition_by=("until_date",),
    rules=(
        Rule("no_distance_without_data", "(verdict = 'INSUFFICIENT_DATA') = (ks IS NULL) AND "
             "(ks IS NULL) = (psi IS NULL) AND (ks IS NULL) = (kl IS NULL) AND (ks IS NULL) = (ks_limit IS NULL)",
             Severity.FAIL, "Distances and limits are there where there is enough data, and only there"),
    ),
    retention_days=400,
)  # fmt: skip
