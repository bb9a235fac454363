"""Where the rows of the registry's tables come from; its jobs write them."""

from expectations.tables.gold import GATE_DECISIONS, MODEL_ALIASES, MODEL_VERSIONS, PREDICTIONS, PREDICTIONS_QUARANTINE
from expectations.tables.gold_missed import MISSED_FAILURE_FEATURES, MISSED_FAILURES
from expectations.tables.gold_performance import MODEL_PERFORMANCE
from expectations.tables.gold_reasons import ALARM_REASONS
from expectations.tables.gold_savings import BUNDLES, MAINTENANCE_SAVINGS
from expectations.tables.gold_shadow import SHADOW_PREDICTIONS
from expectations.tables.gold_stages import ALARM_STAGES
from lakehouse.plant import Plant
from lakehouse.publish.recipe import Origin


def registry_tables(plant: Plant) -> tuple[Origin, ...]:
    """Versions are trained from features; decisions, aliases and bundles are of versions, figures of scores."""
    return (
        Origin(MODEL_VERSIONS, (plant.tables["gold.machine_features"],)),
        Origin(MODEL_ALIASES, (MODEL_VERSIONS,)),
        Origin(GATE_DECISIONS, (MODEL_VERSIONS,)),
        Origin(BUNDLES, (MODEL_ALIASES,)),
        Origin(PREDICTIONS_QUARANTINE, (plant.tables["bronze.edge_scores"],)),
        Origin(SHADOW_PREDICTIONS, (MODEL_VERSIONS,)),
        Origin(MAINTENANCE_SAVINGS, (PREDICTIONS,)),
        Origin(MODEL_PERFORMANCE, (PREDICTIONS,)),
        Origin(ALARM_STAGES, (PREDICTIONS,)),
        Origin(MISSED_FAILURES, (PREDICTIONS,)),
        Origin(MISSED_FAILURE_FEATURES, (MISSED_FAILURES,)),
        Origin(ALARM_REASONS, (PREDICTIONS,)),
    )
