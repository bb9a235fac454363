"""Scores of times that their model had not seen, with what is known of the machines: for figures of models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from expectations.durations import seconds
from expectations.tables.gold import MODEL_VERSIONS, PREDICTIONS
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.gold_savings import BUNDLES
from expectations.tables.gold_shadow import SHADOW, SHADOW_PREDICTIONS
from expectations.tables.machine_keys import Moves, machine_keys, moves_of
from expectations.tables.silver import MACHINE_EVENTS
from jobs.models.frames import newest_models
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs
from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import FailureEvents, failure_events, to_us
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.outcome import EventOutcome
from ml.policy import Policy

SCORES = ("machine_id", "factory_id", "scored_at", "bundle", "source", "decision", "not_scored_reason")
SHADOW_SCORES = ("machine_id", "factory_id", "scored_at", "model_version", "decision", "not_scored_reason")
EVENTS = ("machine_id", "factory_id", "kind", "code", "occurred_at")
Models = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnseenScores:
    """Scores of one version and source whose outcome no training of the version may have seen.

    Attributes:
        rows: One for each machine and time, by time; `machine_id` is the machine's key.
        unscored: Those that request nothing where a model did not score: nobody knows whether the machine is well.
        policy: Under which their alarms are evaluated.
        known_until: Until when failures are known.
        failures: Failures of all machines; `works` are the interventions, coded by what the technician found.
        models: Newest machine model of each machine that has one on record.
    """

    model_version: str
    source: str
    rows: pd.DataFrame
    unscored: pd.DataFrame
    policy: Policy
    known_until: pd.Timestamp
    failures: FailureEvents
    works: FailureEvents
    models: Models


def unseen_scores(plant: Plant, given: WholeInputs) -> Iterator[UnseenScores]:
    """Each version and source that scored times that it had not seen; `given` holds the tables that are named here."""
    machines = given.tables["silver.machines"]
    moves = moves_of(machines)
    scores, horizons = _with_shadow(_of_bundles(given, moves), given, moves), plant.profile.labels.horizons
    if scores.empty or not horizons:
        return
    base = Policy.of(plant.profile, horizons[0], plant.policy)
    events, models = keyed(given.tables[MACHINE_EVENTS.name], moves), newest_models(keyed(machines, moves))
    failures, works = _failures(events), _works(keyed(given.tables[INTERVENTIONS.name], moves))
    known = _known_until(plant, scores["scored_at"].max())
    joined = scores.dropna(subset=["horizon"]).sort_values(["scored_at", "machine_id", "build"])
    for (version, source, horizon), rows in joined.groupby(["model_version", "source", "horizon"]):
        policy = replace(base, horizon=str(horizon))  # which the profile may have no longer
        counts = (rows["decision"] != "none") | rows["not_scored_reason"].isna()
        unseen = rows["is_unseen"]
        once, unscored = _once(rows[unseen & counts]), _once(rows[unseen & ~counts])
        if len(once):
            yield UnseenScores(str(version), str(source), once, unscored, policy, known, failures, works, models)


def _of_bundles(given: WholeInputs, moves: Moves) -> pd.DataFrame:
    """Every score with the version and horizon of its bundle, missing where they are not on record."""
    scores = keyed(given.tables[PREDICTIONS.name], moves)
    bundles = given.tables[BUNDLES.name].to_pandas().dropna(subset=["horizon", "seen_until_at"])
    joined = scores.merge(bundles, on="bundle", how="left")
    lengths = joined["horizon"].map(lambda one: None if pd.isna(one) else seconds(one))
    until = joined["seen_until_at"] + pd.to_timedelta(lengths, unit="s")  # as older code recorded a bundle
    return joined.assign(is_unseen=joined["scored_at"] > joined["learnt_until_at"].fillna(until))


def _with_shadow(scores: pd.DataFrame, given: WholeInputs, moves: Moves) -> pd.DataFrame:
    """The scores, and those that a version made in shadow, of times that it had not seen, where they are given."""
    table = given.tables.get(SHADOW_PREDICTIONS.name)
    if table is None or not table.num_rows:
        return scores
    versions = given.tables[MODEL_VERSIONS.name].select(["version", "horizon"]).to_pandas()
    named = versions.rename(columns={"version": "model_version"})
    shadow = keyed(table, moves).merge(named, on="model_version").assign(source=SHADOW, build=0, is_unseen=True)
    return pd.concat([scores, shadow], ignore_index=True) if len(scores) else shadow


def _once(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each machine and time: that of the newest build."""
    return rows.drop_duplicates(["machine_id", "scored_at"], keep="last")


def evaluated(one: UnseenScores, rows: pd.DataFrame, flags: Mask) -> EventOutcome:
    """What alarms at the flagged rows did: `rows` are some of the scores, by time."""
    nothing, unlabelled = np.zeros((len(rows), 0)), np.zeros(len(rows), dtype=np.int8)
    ids, times_us = rows["machine_id"].to_numpy(dtype=np.str_), to_us(rows["scored_at"])
    dataset = Dataset(ids, times_us, nothing, unlabelled, one.failures, one.models, one.works)
    return EpisodeEvaluator(dataset, one.policy).evaluate(flags)


def keyed(table: pa.Table, moves: Moves) -> pd.DataFrame:
    """A table as a frame, the key of the machine in place of its name; times in microseconds."""
    keys = machine_keys(table, moves)
    frame: pd.DataFrame = table.drop_columns(["factory_id"]).to_pandas()
    return frame.assign(machine_id=np.array(keys.texts, dtype=object)[keys.codes] if len(frame) else [])


def _known_until(plant: Plant, newest: pd.Timestamp) -> pd.Timestamp:
    """The newest score, and no later than failures are known, as the labels have it."""
    labels = plant.lake.last(plant.tables["gold.failure_labels"], lambda metadata: metadata.labels)
    return newest if labels is None else min(newest, pd.Timestamp(labels.records_end))


def _failures(events: pd.DataFrame) -> FailureEvents:
    mine = events[events["kind"] == "failure"]
    return failure_events(mine.rename(columns={"occurred_at": "failed_at"}))


def _works(interventions: pd.DataFrame) -> FailureEvents:
    found = interventions["finding"].fillna("")
    return failure_events(interventions.assign(code=found).rename(columns={"occurred_at": "failed_at"}))
