"""The scores of a story, in one temporary relation: those of held-out rows where they are stored, else gold's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from edge_bundle.compiler.model_folder import read_held_out
from expectations.durations import seconds
from expectations.model_folder.documents import Threshold
from expectations.model_folder.models import OLD_HELD_OUT_FILE, held_out_file
from expectations.tables.machine_keys import factory_of, machine_key, machine_of, shown_names
from lakehouse.storage.key import Key
from report.lake_view import LakeView
from report.queries.model import ModelFacts


@dataclass(frozen=True, slots=True)
class Scoring:
    """Which scores the story shows.

    Attributes:
        model: Name of the model, as `failure_24h`.
        is_rising: Alarm at or above the threshold (a margin); else below it (a path length).
        is_held_out: Each score is of a model trained only on what lay before it, with the threshold of its day.
        learnt_until: What happened up to then the training may have seen; None where no score saw its own future.
    """

    model: str
    is_rising: bool
    is_held_out: bool
    learnt_until: datetime | None


def horizon_of(model: ModelFacts | None) -> timedelta:
    """How far ahead the model looks; a day where there is none."""
    return timedelta(seconds=seconds((model.horizon if model else None) or "24h"))


def prepare_scores(view: LakeView, model: ModelFacts | None, bundle: str) -> Scoring | None:
    """Fill `story_scores`, a row for each score of a machine, and say which scores those are.

    The failure model's margins come before path lengths, batch scores before those of the edge, and only scores of one
    bundle are taken, for a threshold holds for one model: `bundle` where it has any, else the one built last.
    """
    view.connection.execute(
        "CREATE OR REPLACE TEMP TABLE story_scores (machine_id TEXT, factory_id TEXT, scored_at TIMESTAMPTZ, "
        "score DOUBLE, probability DOUBLE, threshold DOUBLE, is_alarm BOOLEAN)"
    )
    alarm = model.threshold("alarm") if model else None
    if model is None:
        return None
    if alarm and (files := _held_out_files(view, model, alarm)):
        view.connection.register("held_out", _held_out(files, _machines(view)))
        view.connection.execute("INSERT INTO story_scores SELECT *, score >= threshold FROM held_out")
        return Scoring(alarm.model, is_rising=True, is_held_out=True, learnt_until=None)
    return _from_gold(view, model, alarm, bundle)


def _held_out_files(view: LakeView, model: ModelFacts, alarm: Threshold) -> dict[str, bytes]:
    """The file with the held-out scores of the alarm's model, by its name; empty where the folder has none."""
    folder = view.plant.lake.storage.below(Key(model.folder))
    for name in (held_out_file(alarm.model), OLD_HELD_OUT_FILE):
        if folder.entry(Key(name)) is not None:
            return {name: folder.read(Key(name))}
    return {}


def _machines(view: LakeView) -> dict[str, str]:
    """The key of each machine that sent readings or had events, by the name that a training gives it."""
    rows = view.rows(
        "SELECT machine_id, factory_id FROM silver.buckets "
        "UNION SELECT machine_id, factory_id FROM silver.machine_events"
    )
    keys = [machine_key(row["machine_id"], row["factory_id"]) for row in rows]
    return {name: key for key, name in shown_names(keys).items()}


def _held_out(files: Mapping[str, bytes], machines: Mapping[str, str]) -> "pa.Table":
    """The scores of held-out rows from their file, in the order of `story_scores`."""
    found = read_held_out(files, next(iter(files)))
    times = pa.array(found.scored_us).cast(pa.timestamp("us", "UTC"))
    keys = [machines.get(name, name) for name in found.machine_ids.tolist()]
    columns = [each.astype("f8") for each in (found.margins, found.probabilities, found.thresholds)]
    return pa.table(
        [pa.array([machine_of(key) for key in keys]), pa.array([factory_of(key) for key in keys]), times, *columns],
        names=["machine_id", "factory_id", "scored_at", "score", "probability", "threshold"],
    )


def _from_gold(view: LakeView, model: ModelFacts, alarm: Threshold | None, bundle: str) -> Scoring | None:
    counts = view.rows(
        "SELECT source, bundle, count(margin) AS margin, count(path_length) AS path_length, "
        "max(scored_at) FILTER (is_in_sample IS NOT FALSE) AS seen FROM gold.predictions "
        "WHERE bundle = (SELECT bundle FROM gold.predictions ORDER BY bundle = $bundle DESC, "
        "try_cast(split_part(bundle, '+', -1) AS BIGINT) DESC, bundle LIMIT 1) GROUP BY ALL ORDER BY source",
        {"bundle": bundle},
    )
    for threshold, column in ((alarm, "margin"), (model.threshold("anomaly"), "path_length")):
        for row in counts:
            if threshold and row[column]:
                is_rising = column == "margin"
                _take(view, column, ">=" if is_rising else "<", threshold, (row["source"], row["bundle"]))
                until = max((at for at in (row["seen"], is_rising and _learnt_until(model)) if at), default=None)
                return Scoring(threshold.model, is_rising=is_rising, is_held_out=False, learnt_until=until)
    return None


def _take(view: LakeView, column: str, beyond: str, threshold: Threshold, of: tuple[str, str]) -> None:
    view.connection.execute(
        f"INSERT INTO story_scores SELECT machine_id, factory_id, scored_at, {column}, probability, $limit, "  # noqa: S608  # our own names
        f"{column} {beyond} $limit FROM gold.predictions WHERE source = $source AND bundle = $bundle "
        f"AND {column} IS NOT NULL AND NOT is_warming_up",
        {"limit": threshold.value, "source": of[0], "bundle": of[1]},
    )


def _learnt_until(model: ModelFacts) -> datetime | None:
    """The last failure time that training saw: a label looks ahead from the last training row by a horizon."""
    return model.failure_until + horizon_of(model) if model.failure_until else None
