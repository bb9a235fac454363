"""The failure model of one training: trained on all labelled rows, evaluated on the held-out ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ml.candidates.failure_result import FailureResult
from ml.data.dataset import Dataset, FeatureList
from ml.data.failure_events import FailureEvents
from ml.evaluation.ablation import ablate
from ml.evaluation.booster_choice import IsOver, Past, choose_boosters, never
from ml.evaluation.cross_fit import CrossFitted
from ml.evaluation.held_out import (
    episode_evaluator,
    evaluate,
    held_out,
    machines_left_out,
)
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.plain_rules import plain_rules
from ml.evaluation.ranking import ranking_against_chance
from ml.evaluation.splits import Origin
from ml.evaluation.stop_precision import stop_evidence
from ml.evaluation.threshold import CostPoint, outcome_point
from ml.gates.failure_gate import Check
from ml.gates.leaks import leak_checks, split_checks
from ml.models.booster_alternatives import options
from ml.models.failure_model import FailureParams, contributions, train_failure_model
from ml.outlook.fit import fit_outlook
from ml.policy import Policy
from ml.training.listener import Notify, notify_nobody

IMPORTANCE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class FailureTask:
    """What a failure model is trained from, by what, and who listens.

    Attributes:
        dataset: Rows with the labels of the model's horizon.
        maintenance: Repairs, which outlooks end at.
        features: Names and windows of the columns.
        origins: The rolling origins over these rows.
        policy: With the model's horizon.
        params: Parameters of the booster, and how many alternatives to them are tried.
        notify: Is notified of each step.
        is_over: Whether the time for trying alternatives is over.
    """

    dataset: Dataset
    maintenance: FailureEvents
    features: FeatureList
    origins: tuple[Origin, ...]
    policy: Policy
    params: FailureParams
    notify: Notify = notify_nobody
    is_over: IsOver = never


def beside_failure_model(task: FailureTask) -> FailureResult:
    """The model of a horizon beside the leading one: the same but for what only the leading one is asked.

    It leaves out what would train more boosters: the model without telemetry, machines left out, shuffled labels and
    the random column, which say the same of the same features and splits at any horizon. Nor does it try alternatives:
    nobody pays for alarms that it never raises.
    """
    made, policy = _made(replace(task, params=replace(task.params, alternatives=0))), task.policy
    tested = made.evaluation.held_out
    embargo_us = policy.embargo_us(task.features.longest_window_s)
    checks = split_checks(task.dataset, task.origins, embargo_us, policy)
    return replace(
        made,
        leaks=tuple(_named(check, policy.horizon) for check in checks),
        ranking=ranking_against_chance(tested.rows, tested.margins, policy),
    )


def _named(check: Check, horizon: str) -> Check:
    return replace(check, name=f"{check.name}_{horizon}", text=f"model of {horizon}: {check.text}")


def evaluated_failure_model(task: FailureTask) -> FailureResult:
    """The model of all labelled rows with threshold and calibration of its like, and the figures of the held-out ones.

    Threshold and calibration come from margins of boosters that learnt from nearly as many rows as this one, see
    `CrossFitted`; that such a choice holds on later rows is what the held-out blocks show.
    """
    made = _made(task)
    dataset, features, origins, policy = task.dataset, task.features, task.origins, task.policy
    task.notify("leak checks")
    own = replace(made.params, rounds=made.booster.num_boosted_rounds())
    return replace(
        made,
        ablation=ablate(dataset, features, made.evaluation, policy, notify=task.notify),
        left_out_machines=_left_out(dataset, made.fitted, own, policy, made.threshold, task.notify),
        rules=plain_rules(dataset, features, origins, policy),
        leaks=leak_checks(dataset, origins, policy.embargo_us(features.longest_window_s), made.params, policy),
    )


def _made(task: FailureTask) -> FailureResult:
    """Booster, threshold, calibration and held-out figures."""
    dataset, origins, policy, notify = task.dataset, task.origins, task.policy, task.notify
    present = Past(dataset.labelled, dataset.evaluated, origins[0].embargo_us)
    pasts = (*(Past.of(dataset, one) for one in origins), present)
    *of_origins, of_all = choose_boosters(
        dataset, pasts, options(task.params), policy, is_over=task.is_over, notify=notify
    )
    evaluation = evaluate(held_out(dataset, origins, of_origins, notify), origins, policy)
    notify("model of all rows")
    known = np.flatnonzero(dataset.labelled)
    booster = train_failure_model(dataset, of_all.params, dataset.labelled)
    notify("threshold and calibration")
    fitted, choice = of_all.fitted, of_all.choice
    limits = tuple(map(choice.calibrator.margin_for, (policy.maintenance_probability, policy.stop_probability)))
    stop = stop_evidence(fitted, limits[1], policy)
    return FailureResult(
        policy=policy,
        booster=booster,
        params=of_all.offered,
        tried=of_all.tried,
        choice=choice,
        fitted=fitted,
        maintenance_margin=limits[0],
        stop=stop,
        policy_points=tuple(_point_at(fitted, margin, policy) for margin in limits),
        trained_until_us=int(dataset.scored_us[known].max()),
        trained_rows=len(known),
        trained_positives=int((dataset.label == 1).sum()),
        evaluation=evaluation,
        ablation=None,
        left_out_machines=None,
        importance=contributions(booster, dataset.values[known[:: max(1, len(known) // IMPORTANCE_ROWS)]]),
        outlook=fit_outlook(dataset, fitted, evaluation, task.maintenance, policy),
        rules=(),
        leaks=(),
    )


def _left_out(
    dataset: Dataset, fitted: CrossFitted, params: FailureParams, policy: Policy, threshold: float, notify: Notify
) -> EventOutcome | None:
    """Outcome on machines that a booster never saw; the cross-fitted margins are these where groups are the same."""
    if fitted.is_by_machine and policy.machine_folds == policy.calibration_folds:
        return episode_evaluator(fitted.rows, policy).evaluate(fitted.margins >= threshold)
    return machines_left_out(dataset, params, policy, threshold, notify)


def _point_at(fitted: CrossFitted, margin: float, policy: Policy) -> CostPoint:
    outcome = episode_evaluator(fitted.rows, policy).evaluate(fitted.margins >= margin)
    return outcome_point(margin, outcome, policy.costs)
