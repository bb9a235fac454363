"""Which machines are judged by limits of their model, and by which model silver's readings were judged.

Limits may differ by machine model, and master data may come after the readings. So a batch is always judged by the
models that silver was judged by so far, and when a model changes all readings of its sensors are judged anew: whatever
the order of batches, silver ends the same.
"""

from typing import Any

from expectations.tables.silver import READINGS_TABLE
from jobs.runtime.plant import Plant

MODELS = "models"


def current_models(plant: Plant) -> dict[str, str]:
    """machine_id -> model of the machines whose model has limits of its own, as `silver.machines` has it now."""
    overrides = (override for metric in plant.profile.metrics.values() for override in metric.overrides)
    special = {override.machine_model for override in overrides if override.machine_model is not None}
    if not special:
        return {}
    table = plant.tables["silver.machines"]
    rows = plant.lake.arrow(table, ["machine_id", "machine_model", "valid_to"]).to_pylist()
    return {
        row["machine_id"]: row["machine_model"]
        for row in sorted(rows, key=lambda row: str(row["machine_id"]))
        if row["valid_to"] is None and row["machine_model"] in special
    }


def judged_models(plant: Plant) -> dict[str, str] | None:
    """The same as of the newest commit of `silver.readings`; None before its first."""
    models: dict[str, str] | None = plant.lake.last_metadata(READINGS_TABLE, MODELS)
    return models


def changed_machines(plant: Plant) -> set[str]:
    """Machines whose readings are to be judged anew."""
    now = current_models(plant)
    judged = judged_models(plant) or {}
    return {machine for machine in now.keys() | judged.keys() if now.get(machine) != judged.get(machine)}


def as_metadata(models: dict[str, str]) -> dict[str, Any]:
    """The entry of a commit's metadata."""
    return {MODELS: models}
