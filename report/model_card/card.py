"""The model card: what a person must know before trusting the model, as one offline page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from expectations.audit.labelled_tables import with_labels
from ml.candidates.failure_result import FailureResult
from ml.data.dataset import as_text
from ml.evaluation.block_frequency import BlockFrequency
from ml.evaluation.held_out import BlockChoice
from ml.evaluation.threshold import CostPoint, cost_at
from ml.gates.failure_gate import GateReport, figure
from ml.gates.readiness import Readiness
from ml.outlook.fit import OutlookFit
from ml.policy import Policy
from ml.second_stage.trained_stage import SecondStage
from ml.training.picture_numbers import picture_numbers
from ml.training.residual_figures import ResidualFigures, residual_figures
from ml.training.summary import AnomalyFigures, FailureFigures, summarise
from ml.training.train import TrainedModel
from report.charts.model_pictures import ModelPicture, model_pictures

TEMPLATES = (Path(__file__).parent / "templates", Path(__file__).parents[1] / "templates")


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """Which model the card is about.

    Attributes:
        plant: Plant profile.
        version: Registry version.
        data_versions: Delta version of each table trained on.
        code_revision: Revision of the training code.
    """

    plant: str
    version: str
    data_versions: Mapping[str, int]
    code_revision: str


@dataclass(frozen=True, slots=True)
class Block:
    """One rolling origin, as the card's table shows it."""

    trained_until: str
    tested_from: str
    tested_until: str
    threshold: float
    source: str
    tuning_failures: int
    predicted: float
    observed: int
    failures: int
    ratio: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Limit:
    """A probability that the policy acts on, and what alarming there would have cost."""

    name: str
    probability: float
    point: CostPoint


@dataclass(frozen=True, slots=True)
class ModelCard:
    """All that the page shows; figures of a model that was not trained are None."""

    identity: CardIdentity
    policy: Policy
    readiness: Readiness
    gate: GateReport | None
    rows_from: str
    rows_until: str
    feature_count: int
    telemetry_count: int
    failure: FailureFigures | None
    best: CostPoint | None
    limits: tuple[Limit, ...]
    blocks: tuple[Block, ...]
    ablation: str | None
    anomaly: AnomalyFigures | None
    healthy_rule: str
    pictures: Mapping[str, ModelPicture]
    outlook: OutlookFit | None
    residuals: tuple[ResidualFigures, ...] = ()
    second: SecondStage | None = None
    without_second: str = ""


def make_card(model: TrainedModel, identity: CardIdentity) -> ModelCard:
    """The card of a trained model, pictures included."""
    summary, failure = summarise(model), model.failure
    ablation = failure.ablation.verdict(model.policy.costs) if failure and failure.ablation else None
    return ModelCard(
        identity=identity,
        policy=model.policy,
        readiness=model.readiness,
        gate=model.gate,
        rows_from=as_text(model.trained_from_us),
        rows_until=as_text(model.trained_until_us),
        feature_count=len(model.features.names),
        telemetry_count=len(model.features.telemetry),
        failure=summary.failure,
        best=cost_at(failure.threshold, failure.choice.curve) if failure and failure.choice.curve else None,
        limits=_limits(failure, model.policy) if failure else (),
        blocks=tuple(map(_block, failure.evaluation.choices, failure.evaluation.blocks)) if failure else (),
        ablation=ablation,
        anomaly=summary.anomaly,
        healthy_rule=model.healthy_rule,
        pictures=model_pictures(picture_numbers(model)),
        outlook=failure.outlook if failure else None,
        residuals=residual_figures(failure.booster, model.features.names) if failure else (),
        second=model.anomaly.second if model.anomaly else None,
        without_second=model.anomaly.without_second if model.anomaly else "",
    )


def render_card(card: ModelCard) -> str:
    """The card as one HTML page that needs nothing else: styles and pictures are inside."""
    environment = Environment(
        loader=FileSystemLoader(list(TEMPLATES)), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["figure"] = figure
    environment.filters["money"] = lambda value: f"${value:,.0f}"
    environment.filters["count"] = lambda value: f"{value:,.0f}"
    environment.filters["share"] = lambda value: "unknown" if value is None else f"{100 * value:.0f}\N{NO-BREAK SPACE}%"
    environment.filters["hours"] = lambda value: "beyond the records" if value is None else f"{value:,.0f} h"
    return with_labels(environment.get_template("model_card.html").render(card=card))


def _limits(failure: FailureResult, policy: Policy) -> tuple[Limit, ...]:
    names = (
        ("requests maintenance", policy.maintenance_probability),
        ("requests a safe stop", policy.stop_probability),
    )
    return tuple(
        Limit(name, probability, point) for (name, probability), point in zip(names, failure.policy_points, strict=True)
    )


def _block(each: BlockChoice, frequency: BlockFrequency) -> Block:
    origin, choice = each.origin, each.choice
    return Block(
        trained_until=as_text(origin.train_until_us)[:16],
        tested_from=as_text(origin.test_from_us)[:16],
        tested_until=as_text(origin.test_until_us)[:16],
        threshold=choice.threshold,
        source=choice.source,
        tuning_failures=choice.failures,
        predicted=frequency.predicted,
        observed=frequency.observed,
        failures=frequency.failures,
        ratio=frequency.ratio,
        interval=frequency.interval,
    )
