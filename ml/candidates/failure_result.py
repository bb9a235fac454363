"""The failure model with its evaluation: trained on everything, reported by what was held out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import numpy as np
import xgboost as xgb

from expectations.model_folder.documents import CalibrationMap, OutlookBin, OutlookTable, Threshold
from expectations.model_folder.models import (
    HELD_OUT_ARRAYS,
    XGBOOST_DERIVED,
    XGBOOST_MARGIN,
    Model,
    failure_model,
    held_out_file,
)
from ml.data.dataset import Float32, Float64
from ml.evaluation.ablation import Ablation
from ml.evaluation.booster_choice import Tried
from ml.evaluation.cross_fit import Choice, CrossFitted
from ml.evaluation.held_out import Evaluation
from ml.evaluation.horizon_figures import horizon_figures
from ml.evaluation.outcome import EventOutcome
from ml.evaluation.plain_rules import PlainRule
from ml.evaluation.ranking import Ranking
from ml.evaluation.stop_precision import StopEvidence
from ml.evaluation.threshold import CostPoint
from ml.gates.failure_gate import Check
from ml.gates.horizon_gate import horizon_check
from ml.models.calibration import Calibrator
from ml.models.derived_booster import derived_of
from ml.models.failure_model import FailureParams, margins, model_bytes
from ml.models.fixed_zip import npz_bytes
from ml.outlook.fit import OutlookFit
from ml.policy import Policy

ALWAYS = float(np.finfo(np.float32).min)
"""Threshold that every margin reaches: minus infinity, as JSON can hold it. Margins are finite float32."""


@dataclass(frozen=True, slots=True)
class FailureResult:
    """The failure model of one horizon, a `CandidateModel`, with everything that was found out about it.

    Attributes:
        policy: Policy of its horizon.
        booster: Trained on all labelled rows.
        params: Parameters that it was trained with, those that cost least of all that were offered.
        tried: What each of them cost on the cross-fitted rows; empty where there was one alone.
        choice: Threshold and calibration.
        fitted: Cross-fitted rows that they come from.
        maintenance_margin: Margin of the policy's maintenance probability, inf where out of reach.
        stop: What is known about alarms at the policy's stop probability, and whether they may request a stop.
        policy_points: What alarming at those two probabilities would have cost on the cross-fitted rows.
        trained_until_us: Last time of a training row.
        trained_rows: Labelled rows.
        trained_positives: Rows with label 1 among them.
        evaluation: Held-out rows and what it did on them: the figures to report.
        ablation: The same without telemetry, None where all or no features are telemetry.
        left_out_machines: Outcome on machines that the model never saw; None where not asked for.
        importance: Mean absolute contribution to the margin per column, the residual ones last, shape (f + d,).
        outlook: Time to the next failure, by margin.
        rules: Plain rules on the same held-out rows, cheapest first.
        leaks: What would show that the evaluation leaks.
        ranking: How it ranks held-out rows, beside chance, of a model beside the leading one; None for that one.
    """

    policy: Policy
    booster: xgb.Booster
    params: FailureParams
    tried: tuple[Tried, ...]
    choice: Choice
    fitted: CrossFitted
    maintenance_margin: float
    stop: StopEvidence
    policy_points: tuple[CostPoint, ...]
    trained_until_us: int
    trained_rows: int
    trained_positives: int
    evaluation: Evaluation
    ablation: Ablation | None
    left_out_machines: EventOutcome | None
    importance: Float64
    outlook: OutlookFit
    rules: tuple[PlainRule, ...]
    leaks: tuple[Check, ...]
    ranking: Ranking | None = None

    @property
    def is_leading(self) -> bool:
        """Whether its alarms are the version's; a model beside it gives probabilities and times, and asks nothing."""
        return self.ranking is None

    @property
    def threshold(self) -> float:
        """Margin to alarm at."""
        return self.choice.threshold

    @property
    def calibrator(self) -> Calibrator:
        """Map from margins to probabilities."""
        return self.choice.calibrator

    @property
    def stop_margin(self) -> float:
        """Margin to request a safe stop at; inf where that is out of reach or not precise enough."""
        return self.stop.allowed_margin

    @property
    def kind(self) -> str:
        """As gold.model_versions names it."""
        return "failure"

    @property
    def entry(self) -> Model:
        """Its entry in ``models.json``, as ``failure_24h``."""
        kind = XGBOOST_MARGIN if derived_of(self.booster) is None else XGBOOST_DERIVED
        return failure_model(self.policy.horizon, kind)

    @property
    def column(self) -> str:
        """Name of its scores."""
        return "margin"

    def score(self, rows: Float64) -> Float32:
        """Margins, float32, shape (n,)."""
        return margins(self.booster, rows)

    def files(self) -> Mapping[str, bytes]:
        """The booster, and the held-out scores with the threshold in force then."""
        entry = self.entry
        return {
            entry.files[0]: model_bytes(self.booster),
            held_out_file(entry.name): _held_out_bytes(self.evaluation),
        }

    def thresholds(self) -> tuple[Threshold, ...]:
        """A probability that no margin reaches gives no threshold, one that every margin reaches `ALWAYS`.

        None where another model leads: gates evaluated the leading model's alarms, so no other may raise any.
        """
        if not self.is_leading:
            return ()
        policy = self.policy
        requests = (
            ("alarm", self.threshold, self.calibrator.probability_of(self.threshold)),
            ("maintenance", self.maintenance_margin, policy.maintenance_probability),
            ("safe_stop", self.stop_margin, policy.stop_probability),
        )
        name = self.entry.name
        return tuple(Threshold(what, name, max(value, ALWAYS), p) for what, value, p in requests if value < inf)

    def calibrations(self) -> tuple[CalibrationMap, ...]:
        """Its map from margins to probabilities."""
        fitted = self.calibrator
        return (
            CalibrationMap(
                model=self.entry.name,
                kind=fitted.kind,
                slope=fitted.slope,
                intercept=fitted.intercept,
                knot_scores=fitted.knot_margins,
                knot_probabilities=fitted.knot_probabilities,
                fitted_rows=fitted.fitted_rows,
                fitted_positives=fitted.fitted_positives,
                fitted_failures=fitted.fitted_failures,
                method=fitted.method,
            ),
        )

    def outlooks(self) -> tuple[OutlookTable, ...]:
        """Its table of the time to the next failure; empty where failures were too few."""
        bins = self.outlook.bins
        if not bins:
            return ()
        knots = tuple(one.margin_from for one in bins[1:] if one.margin_from is not None)
        written = tuple(OutlookBin(**asdict(one), confidence_frac=one.confidence_frac) for one in bins)
        return (OutlookTable(self.entry.name, knots, written),)

    def checks(self) -> tuple[Check, ...]:
        """That its evaluation does not leak; the gates of failure models ask for the rest of the leading one.

        Of another: that it is no worse than chance.
        """
        return self.leaks if self.ranking is None else (*self.leaks, horizon_check(self.policy.horizon, self.ranking))

    def figures(self) -> Mapping[str, Any]:
        """None beside the summary's, where it leads."""
        return {} if self.ranking is None else asdict(horizon_figures(self.policy, self.evaluation, self.ranking))


def _held_out_bytes(evaluation: Evaluation) -> bytes:
    """Scores of the rolling origins: of models that had not seen the row, and the threshold in force then."""
    arrays = (
        evaluation.held_out.rows.machine_ids,
        evaluation.held_out.rows.scored_us,
        evaluation.held_out.margins,
        evaluation.probabilities,
        np.array([each.choice.threshold for each in evaluation.choices])[evaluation.held_out.block],
    )
    return npz_bytes(dict(zip(HELD_OUT_ARRAYS, arrays, strict=True)))
