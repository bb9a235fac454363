"""What a training reads from gold and silver, without Spark, and which table versions that was."""

import pandas as pd

from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from ml.data.dataset import TrainingFrames

NEEDED = ("gold.machine_features", "gold.failure_labels")
SOURCES = (*NEEDED, "silver.machine_events")
MACHINES = "silver.machines"
"""Read where prices follow the machine model: elsewhere a training does not depend on it beside its features."""


def data_versions(plant: Plant) -> dict[str, int]:
    """The version of each source at which its content last changed; one that is not built has none.

    Raises:
        UsageError: Features or labels are not built yet.
    """
    sources = (*SOURCES, MACHINES) if plant.profile.costs.overrides else SOURCES
    versions = {name: plant.lake.content_version(plant.tables[name]) for name in sources}
    missing = [name for name in NEEDED if versions[name] is None]
    if missing:
        raise UsageError(f"{', '.join(missing)}: no rows yet; run `assay gold` first")
    return {name: version for name, version in versions.items() if version is not None}


def training_frames(plant: Plant) -> "TrainingFrames":
    """Features, labels, failures, maintenance as pandas frames, times in UTC; machine models where prices need them."""
    events = _frame(plant, "silver.machine_events")
    return TrainingFrames(
        features=_frame(plant, "gold.machine_features"),
        labels=_frame(plant, "gold.failure_labels"),
        failures=_events(events, "failure", "failed_at"),
        maintenance=_events(events, "maintenance", "occurred_at"),
        models=_models(_frame(plant, MACHINES)) if plant.profile.costs.overrides else {},
    )


def _models(machines: "pd.DataFrame") -> dict[str, str]:
    """The newest model of each machine that has one on record."""
    known = machines[machines["machine_model"].notna()].sort_values("valid_from")
    return dict(zip(known["machine_id"].tolist(), known["machine_model"].tolist(), strict=True))


def _frame(plant: Plant, name: str) -> "pd.DataFrame":
    return plant.lake.arrow(plant.tables[name]).to_pandas()


def _events(events: "pd.DataFrame", kind: str, time: str) -> "pd.DataFrame":
    chosen = events[events["kind"] == kind].rename(columns={"occurred_at": time})
    return chosen[["machine_id", time, "code"]].reset_index(drop=True)
