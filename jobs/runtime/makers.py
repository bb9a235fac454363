"""Which command writes which table."""

_OF_LAYER = {"bronze": "ingest", "silver": "silver", "gold": "gold"}
_OF_TABLE = {
    "gold.data_quality": "quality",
    "gold.freshness": "quality",
    "gold.feed_delays": "quality",
    "gold.storage_costs": "quality",
    "gold.maintenance_savings": "quality",
    "gold.model_performance": "quality",
    "gold.alarm_stages": "quality",
    "gold.missed_failures": "quality",
    "gold.missed_failure_features": "quality",
    "gold.rule_checks": "quality",
    "gold.drift_sketches": "drift",
    "gold.drift": "drift",
    "gold.bundles": "bundle build",
    "gold.predictions": "score",
    "gold.predictions_quarantine": "score",
    "gold.shadow_predictions": "score",
    "gold.model_versions": "train",
    "gold.model_aliases": "train",
    "gold.gate_decisions": "train",
}


def maker(table: str) -> str:
    """The sub-command of `assay` that writes a table, by the table's name."""
    return _OF_TABLE.get(table) or _OF_LAYER[table.partition(".")[0]]
