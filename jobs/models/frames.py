"""What a training reads from gold and silver, without Spark, and which table versions that was."""

from typing import TYPE_CHECKING

from jobs.runtime.errors import UsageError
from jobs.runtime.plant import Plant

if TYPE_CHECKING:
    import pandas as pd

    from ml.dataset import TrainingFrames

NEEDED = ("gold.machine_features", "gold.failure_labels")
SOURCES = (*NEEDED, "silver.machine_events")


def data_versions(plant: Plant) -> dict[str, int]:
    """The version of each source at which its content last changed; a plant without any event has none of events.

    Raises:
        UsageError: Features or labels are not built yet.
    """
    versions = {name: plant.lake.content_version(plant.tables[name]) for name in SOURCES}
    missing = [name for name in NEEDED if versions[name] is None]
    if missing:
        raise UsageError(f"{', '.join(missing)}: no rows yet; run `assay gold` first")
    return {name: version for name, version in versions.items() if version is not None}


def training_frames(plant: Plant) -> "TrainingFrames":
    """Features, labels, failures and maintenance as pandas frames, times in UTC."""
    from ml.dataset import TrainingFrames

    events = _frame(plant, "silver.machine_events")
    return TrainingFrames(
        features=_frame(plant, "gold.machine_features"),
        labels=_frame(plant, "gold.failure_labels"),
        failures=_events(events, "failure", "failed_at"),
        maintenance=_events(events, "maintenance", "occurred_at"),
    )


def _frame(plant: Plant, name: str) -> "pd.DataFrame":
    return plant.lake.arrow(plant.tables[name]).to_pandas()


def _events(events: "pd.DataFrame", kind: str, time: str) -> "pd.DataFrame":
    chosen = events[events["kind"] == kind].rename(columns={"occurred_at": time})
    return chosen[["machine_id", time, "code"]].reset_index(drop=True)
