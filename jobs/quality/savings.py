"""The scores that count for `gold.maintenance_savings`, and what their alarms did: by the one rule of alarms."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pandas as pd
import pyarrow as pa

from expectations.durations import seconds
from expectations.tables.gold import PREDICTIONS
from expectations.tables.gold_interventions import INTERVENTIONS
from expectations.tables.gold_savings import BUNDLES, MAINTENANCE_SAVINGS
from expectations.tables.machine_keys import Moves, machine_keys, moves_of
from expectations.tables.silver import MACHINE_EVENTS
from gold.maintenance_savings import MachineOutcome, Scored, build
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe
from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import FailureEvents, failure_events, to_us
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.outcome import AlarmCounts
from ml.policy import Policy

_SCORES = ("machine_id", "factory_id", "scored_at", "bundle", "source", "decision", "not_scored_reason")
_EVENTS = ("machine_id", "factory_id", "kind", "code", "occurred_at")
Models = Mapping[str, str]


def savings(plant: Plant) -> WholeRecipe:
    """From every score, the failures and interventions of the machines, and the profile's prices."""
    machines = plant.tables["silver.machines"]
    basis = repr((plant.profile.costs, plant.profile.labels.horizons, plant.policy))
    return WholeRecipe(
        MAINTENANCE_SAVINGS, (PREDICTIONS, BUNDLES, MACHINE_EVENTS, INTERVENTIONS, machines),
        lambda given: build(scored(plant, given)),
        logs=(plant.tables["gold.failure_labels"],),
        values=CommitMetadata(costs=sha256(basis.encode()).hexdigest()),
        columns={PREDICTIONS.name: _SCORES, MACHINE_EVENTS.name: _EVENTS},
    )  # fmt: skip


def scored(plant: Plant, given: WholeInputs) -> Iterator[Scored]:
    """Each version and source with scores of times that it had not seen, and whose horizon is over."""
    moves, machines = moves_of(given.tables["silver.machines"]), given.tables["silver.machines"]
    scores = _keyed(given.tables[PREDICTIONS.name], moves)
    horizons = plant.profile.labels.horizons
    if scores.empty or not horizons:
        return
    base = Policy.of(plant.profile, horizons[0], plant.policy)
    events, models = _keyed(given.tables[MACHINE_EVENTS.name], moves), _models(_keyed(machines, moves))
    failures, works = _failures(events), _works(_keyed(given.tables[INTERVENTIONS.name], moves))
    bundles = given.tables[BUNDLES.name].to_pandas().dropna(subset=["horizon", "seen_until_at"])
    joined = scores.merge(bundles, on="bundle").sort_values(["scored_at", "machine_id", "build"])
    known = _known_until(plant, scores["scored_at"].max())
    for (version, source, horizon), rows in joined.groupby(["model_version", "source", "horizon"]):
        policy = replace(base, horizon=str(horizon))  # which the profile may have no longer
        length = pd.Timedelta(seconds=seconds(policy.horizon))
        learnt = rows["learnt_until_at"].fillna(rows["seen_until_at"] + length)  # as older code recorded a bundle
        counts = rows[(rows["scored_at"] > learnt) & (rows["scored_at"] <= known - length)]
        # Where nothing is requested and a model did not score, nobody knows whether the machine is well.
        counts = counts[(counts["decision"] != "none") | counts["not_scored_reason"].isna()]
        once = counts.drop_duplicates(["machine_id", "scored_at"], keep="last")
        if len(once):
            yield _outcome(str(version), str(source), policy, once, (failures, works, models))


def _known_until(plant: Plant, newest: pd.Timestamp) -> pd.Timestamp:
    """The newest score, and no later than failures are known, as the labels have it."""
    labels = plant.lake.last(plant.tables["gold.failure_labels"], lambda metadata: metadata.labels)
    return newest if labels is None else min(newest, pd.Timestamp(labels.records_end))


def _outcome(
    version: str, source: str, policy: Policy, rows: pd.DataFrame, known: tuple[FailureEvents, FailureEvents, Models]
) -> Scored:
    failures, works, models = known
    ids = rows["machine_id"].to_numpy(dtype=np.str_)
    nothing = np.zeros((len(rows), 0))
    dataset = Dataset(
        ids, to_us(rows["scored_at"]), nothing, np.zeros(len(rows), dtype=np.int8), failures, models, works
    )
    outcome = EpisodeEvaluator(dataset, policy).evaluate(np.asarray(rows["decision"] != "none", dtype=np.bool_))
    tested = outcome.failures.machine_ids
    machines = tuple(
        _machine(outcome.by_machine.get(name, AlarmCounts()), tested == name, outcome.caught, policy, models.get(name))
        for name in sorted(set(ids.tolist()))
    )
    first, last = rows["scored_at"].iloc[0], rows["scored_at"].iloc[-1]
    return Scored(
        version, source, first.to_pydatetime(), last.to_pydatetime(), len(rows), outcome.machine_years, machines
    )


def _machine(
    counts: AlarmCounts, mine: Mask,
    caught: Mask, policy: Policy, model: str | None,
) -> MachineOutcome:  # fmt: skip
    return MachineOutcome(
        policy.costs.of_model(model), int(mine.sum()), int((mine & caught).sum()), counts.alarms, counts.calls,
        counts.vain_calls, counts.intervened, counts.confirmed, policy.intervention_repair_frac,
    )  # fmt: skip


def _keyed(table: pa.Table, moves: Moves) -> pd.DataFrame:
    """A table as a frame, the key of the machine in place of its name; times in microseconds."""
    keys = machine_keys(table, moves)
    frame: pd.DataFrame = table.drop_columns(["factory_id"]).to_pandas()
    return frame.assign(machine_id=np.array(keys.texts, dtype=object)[keys.codes] if len(frame) else [])


def _failures(events: pd.DataFrame) -> FailureEvents:
    mine = events[events["kind"] == "failure"]
    return failure_events(mine.rename(columns={"occurred_at": "failed_at"}))


def _works(interventions: pd.DataFrame) -> FailureEvents:
    """Interventions; their codes are what the technician found."""
    found = interventions["finding"].fillna("")
    return failure_events(interventions.assign(code=found).rename(columns={"occurred_at": "failed_at"}))


def _models(machines: pd.DataFrame) -> Models:
    """The newest model of each machine that has one on record."""
    known = machines[machines["machine_model"].notna()].sort_values("valid_from")
    return dict(zip(known["machine_id"].tolist(), known["machine_model"].tolist(), strict=True))
