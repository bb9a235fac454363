"""What `assay models confirm` says: machines that a version's anomaly models have in alarm, by its second stage."""

from dataclasses import asdict
from functools import reduce

import numpy as np
import pandas as pd

from expectations.model_folder.folder import ModelFolder
from jobs.models import registry
from jobs.models.folders import read_version
from jobs.models.frames import training_frames
from jobs.models.refusals import models_refuse
from jobs.models.registered.asked import Asked, check
from jobs.models.registered.entry import entries, entry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from ml.data.dataset import Dataset, Mask, as_text
from ml.data.failure_events import NO_EVENTS, to_us
from ml.data.missing import can_be_scored
from ml.policy import Policy
from ml.second_stage.confirm import Confirmation, confirmations
from ml.second_stage.trained_stage import FILE
from ml.sequence.int8 import load_int8
from ml.training.stored_champion import load_champion


def answer(settings: Settings, asked: Asked) -> RunReport:
    """What `assay models confirm [VERSION]` asks. Raises: as `confirmed`, or asked otherwise."""
    check(asked)
    return confirmed(load_plant(settings), asked.names[0] if asked.names else None)


def confirmed(plant: Plant, name: str | None) -> RunReport:
    """The newest rows of gold by the two stages of a version; nothing is written.

    Args:
        plant: The plant.
        name: A version or the begin of its name; None: the champion.

    Raises:
        UsageError: There is no champion, no such version, it has no second stage, or gold lacks a feature of it.
    """
    version = registry.champion(plant) if name is None else entry(entries(plant), name).row.version
    row = registry.version(plant, version) if version else None
    if row is None:
        raise UsageError("there is no champion; name a version, see `assay models list`")
    folder = read_version(plant.lake, row)
    if FILE not in folder.files:
        raise UsageError(
            f"version {row.version} has no second stage: its training was not asked for one (second_stage_epochs in "
            "the plant's policy.toml), or could not make one, or measured it and does not use it; its model card says "
            "which; name a version that has one, see `assay models list`"
        )
    policy = Policy.of(plant.profile, folder.horizon, plant.policy)
    found = two_stages(folder, training_frames(plant).features, row.version, policy)
    lines = tuple(line_of(each) for each in found) or ("no machine is in alarm by its anomaly models",)
    data = {"version": row.version, "machines": [{**asdict(each), "answer": each.answer} for each in found]}
    return RunReport("models", changed=False, lines=tuple(f"confirm: {line}" for line in lines), data=data)


def two_stages(folder: ModelFolder, features: pd.DataFrame, version: str, policy: Policy) -> tuple[Confirmation, ...]:
    """The alarms of a version's anomaly models that are active at the newest rows, by its second stage.

    Args:
        folder: Of the version; its second stage is among the files.
        features: machine_id, scored_at and the features by name.
        version: Name of the version.
        policy: How alarms last.

    Raises:
        UsageError: A feature of the version is not among the features, or a value is infinite.
    """
    names = [each.name for each in folder.features]
    if missing := [name for name in names if name not in features.columns]:
        raise UsageError(
            f"gold.machine_features lacks {missing} of version {version}; name a version of today's features"
        )
    ordered = features.assign(scored_us=to_us(features["scored_at"])).sort_values(["scored_us", "machine_id"])
    rows = Dataset(
        machine_ids=ordered["machine_id"].astype(str).to_numpy(dtype=np.str_),
        scored_us=ordered["scored_us"].to_numpy(dtype=np.int64),
        values=ordered[names].astype("float64").to_numpy(dtype=np.float64),
        label=np.zeros(len(ordered), dtype=np.int8),
        failures=NO_EVENTS,
    )
    with models_refuse():
        return confirmations(rows, _flags(folder, rows, version), load_int8(folder.files[FILE]), policy)


def _flags(folder: ModelFolder, rows: Dataset, version: str) -> Mask:
    """Rows that any anomaly model flags, of those that it scores."""
    names = tuple(each.name for each in folder.features)
    models = [each for each in load_champion(version, folder).models if each.kind == "anomaly"]
    found = [each.flags(rows, names) & can_be_scored(each.entry.missing, rows.values) for each in models]
    return reduce(np.logical_or, found, np.zeros(len(rows), dtype=np.bool_))


def line_of(each: Confirmation) -> str:
    """One machine for people; rows that have no score are named with the reason."""
    by = f", not scored: {each.unscored}" if each.scored < each.rows else ""
    score = "no score" if each.highest is None else f"highest score {each.highest:.3g}"
    since = f"in alarm since {as_text(each.raised_us)[:16]} UTC, newest row {as_text(each.newest_us)[:16]}"
    return (
        f"{each.machine_id}  {each.answer}  {since}; {score} of {each.scored} of {each.rows} rows, "
        f"{each.threshold:.3g} confirms{by}"
    )
