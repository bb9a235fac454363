"""The scores that count for `gold.maintenance_savings`, and what their alarms did: by the one rule of alarms."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from expectations.tables.gold_savings import MAINTENANCE_SAVINGS
from gold.maintenance_savings import MachineOutcome, Scored, build
from jobs.quality.score_tables import of_scores
from jobs.quality.unseen_scores import UnseenScores, evaluated, unseen_scores
from lakehouse.plant import Plant
from lakehouse.publish.recipe import WholeInputs, WholeRecipe
from ml.data.dataset import Mask
from ml.evaluation.alarm_counts import AlarmCounts
from ml.policy import Policy


def savings(plant: Plant) -> WholeRecipe:
    """From every score, the failures and interventions of the machines, and the profile's prices."""
    basis = (plant.profile.costs, plant.profile.labels.horizons, plant.policy)
    return of_scores(plant, MAINTENANCE_SAVINGS, lambda given: build(scored(plant, given)), basis)


def scored(plant: Plant, given: WholeInputs) -> Iterator[Scored]:
    """Each version and source with scores of times that it had not seen, and whose horizon is over."""
    for one in unseen_scores(plant, given):
        is_over = one.rows["scored_at"] <= one.known_until - pd.Timedelta(microseconds=one.policy.horizon_us)
        rows = one.rows[is_over]
        if len(rows):
            yield _outcome(one, rows)


def _outcome(one: UnseenScores, rows: pd.DataFrame) -> Scored:
    outcome = evaluated(one, rows, np.asarray(rows["decision"] != "none", dtype=np.bool_))
    tested = outcome.failures.machine_ids
    machines = tuple(
        _machine(
            outcome.by_machine.get(name, AlarmCounts()),
            tested == name,
            outcome.caught,
            one.policy,
            one.models.get(name),
        )
        for name in sorted(set(rows["machine_id"].tolist()))
    )
    first, last = rows["scored_at"].iloc[0].to_pydatetime(), rows["scored_at"].iloc[-1].to_pydatetime()
    return Scored(one.model_version, one.source, first, last, len(rows), outcome.machine_years, machines)


def _machine(
    counts: AlarmCounts, mine: Mask,
    caught: Mask, policy: Policy, model: str | None,
) -> MachineOutcome:  # fmt: skip
    return MachineOutcome(
        policy.costs.of_model(model), int(mine.sum()), int((mine & caught).sum()), counts.alarms, counts.calls,
        counts.vain_calls, counts.intervened, counts.confirmed, policy.intervention_repair_frac,
    )  # fmt: skip
