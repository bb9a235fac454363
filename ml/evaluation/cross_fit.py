"""Cross-fitted margins: what a booster's like gives to rows that it has not seen, for threshold and calibration."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ml.data.dataset import Dataset, Float32, Mask
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.splits import machine_folds, purged_folds
from ml.evaluation.threshold import CostCurve, cost_curve, formula_probability
from ml.models.calibration import Calibrator, fit_calibrator, uncalibrated
from ml.models.failure_model import FailureParams, margins, train_failure_model
from ml.models.side_by_side import each
from ml.policy import Policy

CROSS_FITTED, COST_FORMULA = "cross-fitted rows", "cost formula"
"""Sources of a threshold."""


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Rows of one training with the margins of boosters that learnt from others of them.

    A booster of all these rows has learnt from few more failures than each of those, and of the same time, so its
    margins mean the same. Margins of boosters that knew a fraction of the failures do not: their probabilities summed
    up to 0.1 to 2.8 times the positives of later blocks. Source: `docs/decisions/0166-thresholds-transfer.md`.

    Attributes:
        rows: Rows that have a margin, without their features: labelled ones, and those before an intervention.
        margins: float32, shape (n,).
        is_by_machine: Whether each booster learnt from other machines; else from other times of the same.
    """

    rows: Dataset
    margins: Float32
    is_by_machine: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Threshold and calibration of one booster.

    Attributes:
        threshold: Margin from which it alarms.
        source: `CROSS_FITTED`, or `COST_FORMULA` where too few failures were cross-fitted.
        failures: Failures that the cross-fitted rows test.
        calibrator: Map from margins to probabilities.
        curve: Costs of all thresholds on the cross-fitted rows; None by the formula.
    """

    threshold: float
    source: str
    failures: int
    calibrator: Calibrator
    curve: CostCurve | None


def cross_fit(rows: Dataset, folds: int, embargo_us: int, params: FailureParams) -> CrossFitted:
    """Margins of the rows that boosters of the other rows can give.

    Args:
        rows: Rows with a label or before an intervention, of the training that the result is for.
        folds: Groups of machines; stretches of time where there are fewer machines than that.
        embargo_us: Least distance of a stretch from the rows that trained the booster of its margins.
        params: Parameters of the booster.
    """
    scores = np.full(len(rows), np.nan, dtype=np.float32)
    is_by_machine = len(np.unique(rows.machine_ids)) >= folds
    pairs = machine_folds(rows, folds) if is_by_machine else purged_folds(rows, folds, embargo_us)

    def scored(pair: tuple[Mask, Mask]) -> Float32 | None:
        train, test = pair
        if len(np.unique(rows.label[train])) < 2:
            return None
        return margins(train_failure_model(rows, params, train), rows.values, test)

    folds_of = tuple(pairs)
    for (_, test), found in zip(folds_of, each(scored, folds_of, rows), strict=True):
        if found is not None:
            scores[test] = found
    is_scored = np.asarray(~np.isnan(scores), dtype=np.bool_)
    no_features = rows.columns(np.zeros(0, dtype=np.int32))
    return CrossFitted(no_features.keep(is_scored), scores[is_scored], is_by_machine)


def newest(fitted: CrossFitted, policy: Policy) -> CrossFitted:
    """The rows from the horizon before the first of the newest `Policy.choosing_failures` on.

    More failures make the choice hardly surer, and the oldest are least like what comes: at the beginning of records
    counts and hours since events know nothing of what was before.
    """
    failed_us = np.sort(EpisodeEvaluator(fitted.rows, policy).failures.failed_us)
    if len(failed_us) <= policy.choosing_failures:
        return fitted
    mask = fitted.rows.scored_us >= failed_us[-policy.choosing_failures] - policy.horizon_us
    return replace(fitted, rows=fitted.rows.keep(mask), margins=fitted.margins[mask])


def choose(fitted: CrossFitted, policy: Policy) -> Choice:
    """The threshold whose alarms cost least on the cross-fitted rows, and the calibration that these rows give.

    Each candidate is priced by the alarms that it raises: those of the state machine that gateways run, from raise to
    clear. Too few failures leave the cost formula, and the booster's own probability; of many the newest choose.
    """
    fitted = newest(fitted, policy)
    evaluator = EpisodeEvaluator(fitted.rows, policy)
    failures = len(evaluator.failures)
    if failures < policy.calibration_failures:
        calibrator = uncalibrated(failures)
    else:
        calibrator = fit_calibrator(fitted.margins, fitted.rows.label, failures, policy.isotonic_failures)
    if failures < policy.minimum_tuning_failures:
        margin = calibrator.margin_for(formula_probability(policy.costs))
        return Choice(margin, COST_FORMULA, failures, calibrator, None)
    curve = cost_curve(evaluator, fitted.margins, policy.costs)
    return Choice(curve.best.threshold, CROSS_FITTED, failures, calibrator, curve)
