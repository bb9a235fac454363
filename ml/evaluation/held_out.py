"""Held-out evaluation: every block is scored by a model, a threshold and a calibration of its past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, Float32, Float64, Mask
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.metrics import RowMetrics, row_metrics
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.splits import Origin, machine_folds
from ml.evaluation.threshold import CostCurve, cost_curve, formula_probability
from ml.models.calibration import UNCALIBRATED, Calibrator, fit_calibrator
from ml.models.failure_model import FailureParams, margins, train_failure_model
from ml.policy import Policy
from ml.training.listener import Notify, notify_nobody


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows with the margin of a model that could not have seen them.

    Attributes:
        rows: Held-out rows in data set order.
        margins: float32, shape (n,).
        block: Number of the origin that scored the row, shape (n,).
    """

    rows: Dataset
    margins: Float32
    block: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class BlockChoice:
    """Threshold and calibration that one origin would have shipped.

    Attributes:
        origin: The origin.
        threshold: Margin from which it alarms.
        source: ``earlier blocks`` or ``cost formula`` (too few failures held out so far).
        tuning_failures: Held-out failures known then.
        calibrator: Map to probabilities, fitted on the same rows.
    """

    origin: Origin
    threshold: float
    source: str
    tuning_failures: int
    calibrator: Calibrator


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything the held-out blocks say.

    ``curve`` and the final threshold come from all blocks; ``outcome`` and ``rows`` from the choices
    each block made before it was seen, and these alone are reported as performance.
    """

    held_out: HeldOut
    choices: tuple[BlockChoice, ...]
    flags: Mask
    probabilities: Float64
    outcome: EventOutcome
    never_cost: float
    always_cost: float
    rows: RowMetrics
    curve: CostCurve


def held_out_margins(
    dataset: Dataset, origins: tuple[Origin, ...], params: FailureParams, notify: Notify = notify_nobody
) -> HeldOut:
    """Margins of every row after the first origin, each from the model of its own origin."""
    scores = np.zeros(len(dataset), dtype=np.float32)
    block = np.full(len(dataset), -1, dtype=np.int16)
    for number, origin in enumerate(origins):
        notify(f"rolling origins over {dataset.matrix.shape[1]} features", number + 1, len(origins))
        booster = train_failure_model(dataset.keep(origin.train(dataset)), params)
        test = origin.test(dataset)
        if test.any():
            scores[test] = margins(booster, dataset.values[test])
        block[test] = number
    tested = block >= 0
    return HeldOut(dataset.keep(tested), scores[tested], block[tested])


def evaluate(held_out: HeldOut, origins: tuple[Origin, ...], policy: Policy) -> Evaluation:
    """Evaluate the held-out rows block by block, tuning each block on the blocks before it."""
    evaluator = episode_evaluator(held_out.rows, policy)
    choices = tuple(choose_for_block(held_out, origin, policy) for origin in origins)
    thresholds = np.array([choice.threshold for choice in choices])[held_out.block]
    flags = np.asarray(held_out.margins >= thresholds, dtype=np.bool_)
    probabilities = np.zeros(len(flags))
    for number, choice in enumerate(choices):
        mine = held_out.block == number
        probabilities[mine] = choice.calibrator.probability(held_out.margins[mine])
    curve = cost_curve(evaluator, held_out.margins, policy.costs)
    return Evaluation(
        held_out=held_out,
        choices=choices,
        flags=flags,
        probabilities=probabilities,
        outcome=evaluator.evaluate(flags),
        never_cost=curve.never,
        always_cost=curve.always,
        rows=row_metrics(held_out.rows.label, held_out.margins, probabilities, flags),
        curve=curve,
    )


def choose_for_block(held_out: HeldOut, origin: Origin, policy: Policy) -> BlockChoice:
    """Threshold and calibration from held-out rows at least one embargo before the origin."""
    known = held_out.rows.scored_us <= origin.train_until_us
    earlier = held_out.rows.keep(known)
    failures = len(episode_evaluator(earlier, policy).failures) if known.any() else 0
    if failures < policy.minimum_tuning_failures:
        margin = UNCALIBRATED.margin_for(formula_probability(policy.costs))
        return BlockChoice(origin, margin, "cost formula", failures, UNCALIBRATED)
    scores = held_out.margins[known]
    best = cost_curve(episode_evaluator(earlier, policy), scores, policy.costs).best
    calibrator = fit_calibrator(scores, earlier.label)
    return BlockChoice(origin, best.threshold, "earlier blocks", failures, calibrator)


def episode_evaluator(rows: Dataset, policy: Policy) -> EpisodeEvaluator:
    """A evaluate of these rows under the policy's horizon and row distance."""
    return EpisodeEvaluator(rows, policy)


def machines_left_out(
    dataset: Dataset, params: FailureParams, policy: Policy, threshold: float, notify: Notify = notify_nobody
) -> EventOutcome | None:
    """Outcome on machines the model never saw, at the given margin; None where not asked for."""
    scores = np.zeros(len(dataset), dtype=np.float32)
    evaluated = np.zeros(len(dataset), dtype=np.bool_)
    folds = tuple(machine_folds(dataset, policy.machine_folds))
    for number, (train, test) in enumerate(folds, 1):
        notify("models without some machines", number, len(folds))
        if len(np.unique(dataset.label[train])) < 2:
            continue
        scores[test] = margins(train_failure_model(dataset.keep(train), params), dataset.values[test])
        evaluated |= test
    if not evaluated.any():
        return None
    return episode_evaluator(dataset.keep(evaluated), policy).evaluate(scores[evaluated] >= threshold)
