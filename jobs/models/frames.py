"""What a training reads from gold and silver, without Spark, and which table versions that was."""

import pandas as pd
import pyarrow as pa

from expectations.plant.incidents import Incident
from expectations.tables.arrow_columns import texts_of
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.machine_keys import Moves, machine_key, machine_keys, machine_of, moves_of, shown_names
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
    sources = (*sources, INTERVENTIONS.name) if plant.lake.row_count(INTERVENTIONS) else sources
    versions = {name: plant.lake.content_version(plant.tables[name]) for name in sources}
    missing = [name for name in NEEDED if versions[name] is None]
    if missing:
        raise UsageError(f"{', '.join(missing)}: no rows yet; run `assay gold` first")
    return {name: version for name, version in versions.items() if version is not None}


def training_frames(plant: Plant) -> "TrainingFrames":
    """Features, labels, events, incidents as pandas frames, times in UTC; machine models where prices need them.

    A machine has one name in all frames: with its factory before it where two factories have that name, and the one it
    had first where it moved.
    """
    moves = moves_of(plant.lake.arrow(plant.tables[MACHINES]))
    names = ("gold.machine_features", "gold.failure_labels", "silver.machine_events", MACHINES, INTERVENTIONS.name)
    keyed = {name: _keyed(plant, name, moves) for name in names}
    shown = shown_names(key for frame in keyed.values() for key in frame["machine_id"].unique().tolist())
    features, labels, events, machines, works = (
        frame.assign(machine_id=frame["machine_id"].map(shown)) for frame in keyed.values()
    )
    return TrainingFrames(
        features=features.drop(columns="factory_id"),
        labels=labels.drop(columns=["factory_id", *_empty(labels)]),
        failures=_events(events, "failure", "failed_at"),
        maintenance=_events(events, "maintenance", "occurred_at"),
        models=newest_models(machines) if plant.profile.costs.overrides else {},
        interventions=works[["machine_id", "occurred_at", "finding"]] if len(works) else None,
        incidents=_incidents(plant.profile.incidents, moves, shown),
    )


def _incidents(listed: tuple[Incident, ...], moves: Moves, shown: dict[str, str]) -> "pd.DataFrame | None":
    """The profile's incidents by the names of the other frames; a machine that has no row has its own."""
    if not listed:
        return None
    keys = [machine_key(one.machine_id, one.factory_id) for one in listed]
    first = [moves.get(key, key) for key in keys]
    return pd.DataFrame(
        {
            "machine_id": [shown.get(key, machine_of(key)) for key in first],
            "from_at": [one.from_at for one in listed],
            "until_at": [one.until_at for one in listed],
            "meaning": [one.meaning for one in listed],
        }
    )


def _empty(labels: "pd.DataFrame") -> list[str]:
    """Columns of censoring that censor nothing: a plant without interventions trains on what it always did."""
    return [name for name in labels.columns if name.startswith("censored_within_") and labels[name].isna().all()]


def _keyed(plant: Plant, name: str, moves: Moves) -> "pd.DataFrame":
    """A table as a frame, the key of the machine in place of its name."""
    table = plant.lake.arrow(plant.tables[name])
    keys = machine_keys(table, moves)
    place = table.column_names.index("machine_id")
    return table.set_column(place, "machine_id", texts_of(keys.codes, keys.texts).cast(pa.string())).to_pandas()


def newest_models(machines: "pd.DataFrame") -> dict[str, str]:
    """The newest model of each machine that has one on record."""
    known = machines[machines["machine_model"].notna()].sort_values("valid_from")
    return dict(zip(known["machine_id"].tolist(), known["machine_model"].tolist(), strict=True))


def _events(events: "pd.DataFrame", kind: str, time: str) -> "pd.DataFrame":
    chosen = events[events["kind"] == kind].rename(columns={"occurred_at": time})
    return chosen[["machine_id", time, "code"]].drop_duplicates(ignore_index=True)
