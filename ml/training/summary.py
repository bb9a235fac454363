"""The figures of one training, flat, each beside its denominator: for tables, cards and terminals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.candidates.failure_result import FailureResult
from ml.data.dataset import as_text
from ml.evaluation.block_frequency import BlockFrequency
from ml.evaluation.booster_choice import Tried
from ml.evaluation.incidents import IncidentsFound
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.plain_rules import PlainRule
from ml.evaluation.power import Found
from ml.evaluation.stages import held_out_stages
from ml.models.booster_alternatives import in_words
from ml.models.calibration import greatest_probability
from ml.outlook.figures import OutlookFigures, outlook_figures
from ml.training.train import TrainedModel


@dataclass(frozen=True, slots=True)
class EventFigures:
    """An outcome in numbers; ``recall`` and ``precision`` are None without cases."""

    tested_failures: int
    caught_failures: int
    too_late_failures: int
    recall: float | None
    recall_low: float
    recall_high: float
    episodes: int
    false_episodes: int
    intervened_episodes: int
    active_episodes: int
    calls: int
    vain_calls: int
    precision: float | None
    machine_years: float
    false_alarms_per_machine_year: float
    lead_hours_p10: float | None
    lead_hours_p50: float | None
    cost: float
    confirmed_episodes: int = 0


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """A plain rule on the same held-out rows."""

    rule: str
    caught_failures: int
    tested_failures: int
    false_episodes: int
    false_alarms_per_machine_year: float
    cost: float


@dataclass(frozen=True, slots=True)
class BoosterFigures:
    """Parameters that were tried, and what their alarms would have cost on the rows that chose; None: not priced.

    ``blocks`` counts the rolling origins that chose them in their own past.
    """

    words: str
    max_depth: int
    eta: float
    rounds: int
    cost: float | None
    caught_failures: int
    missed_failures: int
    false_episodes: int
    is_chosen: bool
    blocks: int


@dataclass(frozen=True, slots=True)
class StageFigures:
    """A stage of alarms on the same held-out rows; ``least_probability`` None where the chosen threshold decides."""

    stage: str
    least_probability: float | None
    events: EventFigures


@dataclass(frozen=True, slots=True)
class FailureFigures:
    """Held-out figures of the failure model."""

    events: EventFigures
    never_alarming_cost: float
    always_alarming_cost: float
    rows: int
    positive_rows: int
    average_precision: float | None
    brier: float
    expected_calibration_error: float
    threshold_margin: float
    threshold_probability: float
    threshold_source: str
    threshold_failures: int
    calibration_method: str
    greatest_probability: float
    stop_reason: str
    blocks: tuple[BlockFrequency, ...]
    rules: tuple[RuleFigures, ...]
    outlook: OutlookFigures
    origins: int
    trained_rows: int
    trained_positives: int
    trained_until: str
    without_telemetry: EventFigures | None
    left_out_machines: EventFigures | None
    boosters: tuple[BoosterFigures, ...] = ()
    stages: tuple[StageFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class PowerFigures:
    """Disturbances of one kind, found of those put into held-out healthy stretches; Wilson 95 %."""

    kind: str
    found: int
    disturbed: int
    found_low: float
    found_high: float
    metrics: int
    unseen_metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IncidentFigures:
    """Known incidents that were found, of those with a row that is scored, beside what chance finds."""

    found: int
    known: int
    by_chance: float
    unscored: int


@dataclass(frozen=True, slots=True)
class AnomalyFigures:
    """Figures of the anomaly model: of the rows that grew it, that chose its threshold, and that test it.

    The figures of healthy rows and of events are of the testing time alone; ``choosing_alarms_per_machine_year``
    is within the budget by construction and tests nothing.
    """

    trained_rows: int
    choosing_healthy_rows: int
    choosing_alarms_per_machine_year: float
    held_out_healthy_rows: int
    held_out_episodes: int
    healthy_rule: str
    alarms_per_machine_year_on_healthy: float
    budget_alarms_per_machine_year: float
    threshold_path_length: float
    trained_until: str
    judged_from: str
    events: EventFigures | None
    power: tuple[PowerFigures, ...] = ()
    incidents: IncidentFigures | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """All figures of one training; a model that was not trained is None.

    Attributes:
        failure: Of the first failure model.
        anomaly: Of the first anomaly model.
        models: Of every model that has figures of its own, by its name.
    """

    failure: FailureFigures | None
    anomaly: AnomalyFigures | None
    models: Mapping[str, Mapping[str, Any]]


def summarise(model: TrainedModel) -> Summary:
    """The figures of a trained model."""
    return Summary(
        failure=_failure(model, model.failure) if model.failure else None,
        anomaly=_anomaly(model),
        models={one.entry.name: own for one in model.models if (own := one.figures())},
    )


def event_figures(outcome: EventOutcome, model: TrainedModel) -> EventFigures:
    """An outcome in numbers, priced by the model's policy."""
    low, high = outcome.recall.interval
    lead, counts = outcome.lead_hours[outcome.caught], outcome.counts
    return EventFigures(
        tested_failures=outcome.recall.total,
        caught_failures=outcome.recall.hits,
        too_late_failures=int(outcome.too_late.sum()),
        recall=outcome.recall.value,
        recall_low=low,
        recall_high=high,
        episodes=counts.alarms,
        false_episodes=counts.false,
        intervened_episodes=counts.intervened,
        active_episodes=counts.active,
        calls=counts.calls,
        vain_calls=counts.vain_calls,
        precision=outcome.precision.value,
        machine_years=outcome.machine_years,
        false_alarms_per_machine_year=outcome.false_alarms_per_machine_year,
        lead_hours_p10=float(np.quantile(lead, 0.1)) if len(lead) else None,
        lead_hours_p50=float(np.quantile(lead, 0.5)) if len(lead) else None,
        cost=outcome.cost(model.policy.costs),
        confirmed_episodes=counts.confirmed,
    )


def _failure(model: TrainedModel, result: FailureResult) -> FailureFigures:
    evaluation = result.evaluation
    ablation, left_out = result.ablation, result.left_out_machines
    return FailureFigures(
        events=event_figures(evaluation.outcome, model),
        never_alarming_cost=evaluation.never_cost,
        always_alarming_cost=evaluation.always_cost,
        rows=evaluation.rows.rows,
        positive_rows=evaluation.rows.positives,
        average_precision=evaluation.rows.average_precision,
        brier=evaluation.rows.brier,
        expected_calibration_error=evaluation.rows.expected_calibration_error,
        threshold_margin=result.threshold,
        threshold_probability=result.calibrator.probability_of(result.threshold),
        threshold_source=result.choice.source,
        threshold_failures=result.choice.failures,
        calibration_method=result.calibrator.method,
        greatest_probability=greatest_probability(result.choice.failures),
        stop_reason=result.stop.reason,
        blocks=evaluation.blocks,
        rules=tuple(_rule(rule) for rule in result.rules),
        outlook=outlook_figures(result.outlook.coverage, model.policy),
        origins=len(evaluation.choices),
        trained_rows=result.trained_rows,
        trained_positives=result.trained_positives,
        trained_until=as_text(result.trained_until_us),
        without_telemetry=event_figures(ablation.without, model) if ablation else None,
        left_out_machines=event_figures(left_out, model) if left_out else None,
        boosters=tuple(_booster(one, result) for one in result.tried),
        stages=tuple(
            StageFigures(one.name, one.least_probability, event_figures(one.outcome, model))
            for one in held_out_stages(evaluation, model.policy)
        ),
    )


def _booster(one: Tried, result: FailureResult) -> BoosterFigures:
    params = one.params
    return BoosterFigures(
        words=in_words(params),
        max_depth=params.max_depth,
        eta=params.eta,
        rounds=params.rounds,
        cost=one.cost,
        caught_failures=one.caught,
        missed_failures=one.missed,
        false_episodes=one.false_alarms,
        is_chosen=params == result.params,
        blocks=sum(block.offered == params for block in result.evaluation.held_out.boosters),
    )


def _rule(rule: PlainRule) -> RuleFigures:
    outcome = rule.outcome
    return RuleFigures(
        rule=rule.words,
        caught_failures=outcome.recall.hits,
        tested_failures=outcome.recall.total,
        false_episodes=outcome.false_episodes,
        false_alarms_per_machine_year=outcome.false_alarms_per_machine_year,
        cost=rule.cost,
    )


def _anomaly(model: TrainedModel) -> AnomalyFigures | None:
    anomaly = model.anomaly
    if anomaly is None:
        return None
    return AnomalyFigures(
        trained_rows=anomaly.trained_rows,
        choosing_healthy_rows=anomaly.choosing_rows,
        choosing_alarms_per_machine_year=anomaly.choosing_alarms_per_machine_year,
        held_out_healthy_rows=anomaly.tested_rows,
        held_out_episodes=anomaly.tested.counts.calls,
        healthy_rule=anomaly.healthy_rule,
        alarms_per_machine_year_on_healthy=anomaly.tested.calls_per_machine_year,
        budget_alarms_per_machine_year=model.policy.anomaly_alarms_per_machine_year,
        threshold_path_length=anomaly.threshold,
        trained_until=as_text(anomaly.trained_until_us),
        judged_from=as_text(anomaly.tested_from_us),
        events=event_figures(anomaly.outcome, model) if anomaly.outcome else None,
        power=tuple(map(_power, anomaly.power)),
        incidents=_incidents(anomaly.incidents) if anomaly.incidents else None,
    )


def _incidents(found: IncidentsFound) -> IncidentFigures:
    return IncidentFigures(found.found.hits, found.found.total, found.by_chance, found.unscored)


def _power(each: Found) -> PowerFigures:
    low, high = each.found.interval
    return PowerFigures(each.kind, each.found.hits, each.found.total, low, high, each.metrics, each.unseen)
