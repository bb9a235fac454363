"""Held-out evaluation: every block is scored by a model, a threshold and a calibration of its past."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, Float32, Float64, Mask
from ml.evaluation.block_frequency import BlockFrequency, block_frequencies
from ml.evaluation.booster_choice import BoosterChoice, Past, choose_boosters
from ml.evaluation.cross_fit import Choice
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.metrics import RowMetrics, row_metrics
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.splits import Origin, machine_folds
from ml.evaluation.threshold import CostCurve, cost_curve
from ml.models.failure_model import FailureParams, margins, train_failure_model
from ml.models.side_by_side import each
from ml.policy import Policy
from ml.training.listener import Notify, notify_nobody


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows with the margin of a model that could not have seen them.

    Attributes:
        rows: Held-out rows in data set order.
        margins: float32, shape (n,).
        block: Number of the origin that scored the row, shape (n,).
        boosters: Of each origin, its parameters, and what the cross-fitted rows of its past chose.
    """

    rows: Dataset
    margins: Float32
    block: NDArray[np.int16]
    boosters: tuple[BoosterChoice, ...]


@dataclass(frozen=True, slots=True)
class BlockChoice:
    """An origin with the threshold and the calibration that it would have shipped."""

    origin: Origin
    choice: Choice


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything the held-out blocks say.

    ``outcome`` and ``rows`` follow from the choices that each block's booster came with, and these alone are
    reported as performance. ``curve`` prices thresholds on the held-out rows in hindsight.
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
    blocks: tuple[BlockFrequency, ...]


def held_out_margins(
    dataset: Dataset,
    origins: tuple[Origin, ...],
    params: FailureParams | tuple[FailureParams, ...],
    policy: Policy,
    notify: Notify = notify_nobody,
) -> HeldOut:
    """The held-out margins of boosters with these parameters: the same for all origins, or one for each."""
    of_each = params if isinstance(params, tuple) else (params,) * len(origins)
    choices = (
        choose_boosters(dataset, (Past.of(dataset, origin),), (own,), policy)[0]
        for origin, own in zip(origins, of_each, strict=True)
    )
    return held_out(dataset, origins, choices, notify)


def held_out(
    dataset: Dataset, origins: tuple[Origin, ...], choices: Iterable[BoosterChoice], notify: Notify = notify_nobody
) -> HeldOut:
    """Margins of every row after the first origin, each from the model of its own origin, by the choice of its past."""
    scores = np.zeros(len(dataset), dtype=np.float32)
    block = np.full(len(dataset), -1, dtype=np.int16)
    made = tuple(choices)

    def scored(pair: tuple[Origin, BoosterChoice]) -> Float32:
        origin, choice = pair
        booster, test = train_failure_model(dataset, choice.params, origin.train(dataset)), origin.test(dataset)
        return margins(booster, dataset.values, test) if test.any() else np.zeros(0, dtype=np.float32)

    found = each(scored, tuple(zip(origins, made, strict=True)), dataset)
    for number, origin in enumerate(origins):
        notify(f"rolling origins over {dataset.values.shape[1]} features", number + 1, len(origins))
        test = origin.test(dataset)
        scores[test], block[test] = next(found), number
    tested = block >= 0
    return HeldOut(dataset.keep(tested), scores[tested], block[tested], made)


def evaluate(held_out: HeldOut, origins: tuple[Origin, ...], policy: Policy) -> Evaluation:
    """Evaluate the held-out rows block by block, by the choices that each block's booster came with."""
    evaluator = episode_evaluator(held_out.rows, policy)
    choices = tuple(
        BlockChoice(origin, booster.choice) for origin, booster in zip(origins, held_out.boosters, strict=True)
    )
    thresholds = np.array([one.choice.threshold for one in choices])[held_out.block]
    flags = np.asarray(held_out.margins >= thresholds, dtype=np.bool_)
    probabilities = np.zeros(len(flags))
    for number, one in enumerate(choices):
        mine = held_out.block == number
        probabilities[mine] = one.choice.calibrator.probability(held_out.margins[mine])
    curve = cost_curve(evaluator, held_out.margins, policy.costs)
    known = tuple(one.choice.failures for one in choices)
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
        blocks=block_frequencies(held_out.rows, held_out.block, probabilities, known),
    )


def episode_evaluator(rows: Dataset, policy: Policy) -> EpisodeEvaluator:
    """What evaluates alarms of these rows under the policy's horizon and row distance."""
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
        scores[test] = margins(train_failure_model(dataset, params, train), dataset.values, test)
        evaluated |= test
    if not evaluated.any():
        return None
    return episode_evaluator(dataset.keep(evaluated), policy).evaluate(scores[evaluated] >= threshold)
