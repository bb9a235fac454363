"""A lake with gold that models can learn from, written without Spark in a second: machines that heat up and fail."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from deltalake import write_deltalake

from expectations.features import features_of
from expectations.plant.file import PLANTS
from expectations.tables.arrow_schema import arrow_schema
from jobs.edge.key_names import DEFAULT_NAME
from jobs.edge.signing import make_key
from jobs.models.folders import model_key
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.lake import Lake
from lakehouse.plant import Plant
from ml.data.dataset import TrainingFrames
from tests.support.plant_frames import BEGAN, plant_frames

MACHINES, DAYS = 8, 70
ROUNDS = ("--rounds", "12")
FACTORY = "azure"
"""The plant's profile is that of the Azure set; heat stands in its vibration, noise in its voltage."""


POLICY = """
[plain_rules]
value = 0
unit = "features"
source = "a limit on the heat of this plant does as well as a model"

[false_alarms_per_machine_year]
value = 1000
unit = "1/a"
source = "a plant of 70 days whose first block knows ten failures"

[minimum_tuning_failures]
value = 5
unit = "failures"
source = "as above"
"""


def model_settings(folder: Path, engine: str) -> Settings:
    """Settings of a lake below a folder, beside a signing key; the Azure set's plant with a policy of its own."""
    home = folder / "plants" / "azure_pdm"
    shutil.copytree(PLANTS / "azure_pdm", home, dirs_exist_ok=True)
    (home / "policy.toml").write_text(POLICY, encoding="utf-8")
    settings = Settings(
        lake=folder / "lake", landing=folder / "landing", keys=folder / "keys", state=folder / "state",
        plant=str(home), engine=engine, cores=2,
    )  # fmt: skip
    make_key(settings.keys, DEFAULT_NAME, settings.lake)
    return settings


def model_lake(settings: Settings, *, failing: bool = True) -> Plant:
    """Features, labels, events and master data of 8 machines over 70 days; without failures where not failing."""
    plant = load_plant(settings)
    for name, table in _content(failing).items():
        put_table(plant, name, table)
    return plant


def put_table(plant: Plant, name: str, content: pa.Table) -> None:
    """Write a table's rows in one commit."""
    table = plant.tables[name]
    write_deltalake(plant.lake.path(table), content, mode="overwrite", partition_by=list(table.partition_by) or None)


def clone(settings: Settings, folder: Path) -> Settings:
    """A copy of a lake and its keys, to break; Delta's paths are relative."""
    for name in ("lake", "keys", "landing"):
        source: Path = getattr(settings, name)
        if source.exists():
            shutil.copytree(source, folder / name, symlinks=True)
    return replace(
        settings, lake=folder / "lake", keys=folder / "keys", landing=folder / "landing", state=folder / "state"
    )


@lru_cache(maxsize=2)
def _content(failing: bool) -> dict[str, pa.Table]:
    plant = load_plant(Settings(plant="azure_pdm"))
    frames = plant_frames(MACHINES, DAYS, failing=failing)
    parts = {
        "gold.machine_features": _features(plant, frames),
        "gold.failure_labels": _labels(frames),
        "silver.machine_events": _events(frames),
        "silver.machines": pd.DataFrame([_machine(number) for number in range(MACHINES)]),
    }
    return {name: _typed(frame, arrow_schema(plant.tables[name])) for name, frame in parts.items()}


def _typed(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """The contract's columns; one that a frame leaves out is null."""
    known = pa.Table.from_pandas(frame, schema=_part_of(schema, frame), preserve_index=False)
    columns = [known[name] if name in frame else pa.nulls(len(frame), schema.field(name).type) for name in schema.names]
    return pa.table(columns, schema=schema)


def _part_of(schema: pa.Schema, frame: pd.DataFrame) -> pa.Schema:
    return pa.schema([schema.field(name) for name in schema.names if name in frame])


def _keyed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(factory_id=FACTORY, scored_date=frame["scored_at"].dt.date)


def _features(plant: Plant, frames: TrainingFrames) -> pd.DataFrame:
    rows = frames.features
    rng = np.random.default_rng(3)
    others = {one.name: rng.normal(0, 1, len(rows)) for one in features_of(plant.profile)}
    meant = {
        "vibration_mean_3h_mm_s": rows["heat_mean_6h"],
        "voltage_mean_3h_v": rows["noise_mean_6h"],
        "since_failure_h": rows["hours_since_repair"],
    }
    return _keyed(rows[["machine_id", "scored_at"]].assign(**{**others, **meant}))


def _labels(frames: TrainingFrames) -> pd.DataFrame:
    rows = frames.labels.assign(is_down=False)
    horizons = [name for name in rows if name.startswith("failure_within_")]
    return _keyed(rows.astype(dict.fromkeys(horizons, "Int32")))


def _events(frames: TrainingFrames) -> pd.DataFrame:
    failures = frames.failures.rename(columns={"failed_at": "occurred_at"}).assign(kind="failure")
    service = frames.maintenance.assign(kind="maintenance", code="seal")
    return pd.concat([failures, service], ignore_index=True).assign(factory_id=FACTORY)


def _machine(number: int) -> dict[str, Any]:
    known = {"machine_id": f"machine-{number}", "factory_id": FACTORY, "machine_model": "model1", "valid_from": BEGAN}
    return {**known, "age_years": 7.0}


def read_folder(folder: Path) -> dict[str, bytes]:
    """Content of a folder by file name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def model_folder(lake: Lake, version: str) -> Path:
    """Folder of a version's files."""
    return Path(lake.storage.below(model_key(version)).place)
