"""What a bundle predicts from its models' scores: the same function on the device and in the batch."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from edge_bundle.format.calibration import Calibration
from edge_bundle.format.decision import DECISIONS, check_thresholds, decide
from edge_bundle.format.horizons import in_order
from edge_bundle.format.manifest import Manifest, ModelEntry, Threshold
from edge_bundle.format.missing import WINDOWS_MISSING
from edge_bundle.format.model_scorers import DEPTH, MARGIN, KindScorer, needs_list, scorer_of
from edge_bundle.format.outlook import Outlook, OutlookTable


@dataclass(frozen=True)
class ModelPrediction:
    """What one model predicts for one feature vector.

    Attributes:
        model: Name of the model.
        kind: Its kind.
        score: Margin, path-length sum, or whatever its kind gives; None where the row is not scored.
        probability: Calibrated probability of a failure within the horizon, where the bundle says so raised to that of
            a shorter horizon; None without a calibration.
        horizon: Hours ahead that the model predicts, as ``24h``; None without one.
        outlook: The time to the next failure; None where the bundle has no table of it.
        decision: Place in `decision.DECISIONS` by the model's own thresholds.
    """

    model: str
    kind: KindScorer
    score: float | None
    probability: float | None
    horizon: str | None
    outlook: Outlook | None
    decision: int

    def prospect(self) -> dict[str, Any]:
        """The columns of what may happen to the machine; None for null."""
        seen = self.outlook
        low, high = seen.interval(self.probability) if seen else (None, None)
        return {
            "probability": self.probability,
            "horizon": self.horizon,
            "failure_expected_h": seen.expected_h if seen else None,
            "failure_earliest_h": seen.earliest_h if seen else None,
            "failure_latest_h": seen.latest_h if seen else None,
            "confidence_frac": seen.confidence_frac if seen else None,
            "probability_low": low,
            "probability_high": high,
        }

    def entry(self) -> dict[str, Any]:
        """The model's object in `model_scores`; what is null is left out."""
        score = self.score if self.score is not None and math.isfinite(self.score) else None
        named = {"model": self.model, "score": score, "decision": DECISIONS[self.decision], **self.prospect()}
        return {name: value for name, value in named.items() if value is not None}


_NO_PROSPECT = dict.fromkeys(
    (
        "probability", "horizon", "failure_expected_h", "failure_earliest_h", "failure_latest_h", "confidence_frac",
        "probability_low", "probability_high",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Prediction:
    """What a bundle predicts for one feature vector.

    Attributes:
        models: Each model's, in the manifest's order.
        is_listed: Whether each score is listed under its model's name: where the columns of one failure model and one
            forest cannot hold them all.
        decision: Place in `decision.DECISIONS`: the gravest of all models'.
        reached: The threshold that decided; None where none was reached.
        unscored: Names of the thresholds whose models did not score the row.
    """

    models: tuple[ModelPrediction, ...]
    is_listed: bool
    decision: int
    reached: Threshold | None
    unscored: tuple[str, ...] = ()

    def columns(self) -> dict[str, Any]:
        """The columns that `gold.predictions` and feed `edge_scores` have in common; None for null."""
        margin, path_length = self.first(MARGIN.column), self.first(DEPTH.column)
        return {
            "margin": margin.score if margin else None,
            "path_length": path_length.score if path_length else None,
            "decision": DECISIONS[self.decision],
            **(margin.prospect() if margin else _NO_PROSPECT),
            "model_scores": self._list() if self.is_listed else None,
            "not_scored_reason": WINDOWS_MISSING if any(one.score is None for one in self.models) else None,
        }

    def prospect(self) -> dict[str, Any]:
        """What an alert says of the machine: by the model that decided, else by the first, that predicts failures."""
        found = self.foreseeing
        return found.prospect() if found else dict(_NO_PROSPECT)

    @property
    def deciding(self) -> ModelPrediction | None:
        """The model whose threshold decided; None where none was reached."""
        name = self.reached.model if self.reached else None
        return next((one for one in self.models if one.model == name), None)

    @property
    def foreseeing(self) -> ModelPrediction | None:
        """The model that decided where it predicts failures, else the first that does; None without one."""
        deciding = self.deciding
        if deciding is not None and deciding.kind.predicts_failure:
            return deciding
        return next((one for one in self.models if one.kind.predicts_failure), None)

    def first(self, column: str) -> ModelPrediction | None:
        """The first model whose score is in a column of `gold.predictions`; None without one."""
        return next((one for one in self.models if one.kind.column == column), None)

    def _list(self) -> str:
        """Equal scores give equal texts: numbers have the shortest digits that read back to the same bits."""
        return json.dumps([one.entry() for one in self.models], sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class _Declared:
    """What a manifest declares of one model."""

    name: str
    kind: KindScorer
    horizon_h: int | None
    calibration: Calibration | None
    table: OutlookTable | None

    @property
    def horizon(self) -> str | None:
        return None if self.horizon_h is None else f"{self.horizon_h}h"


class Predictor:
    """The declarations of one verified manifest."""

    def __init__(self, manifest: Manifest) -> None:
        """Find what belongs to each model.

        Raises:
            ManifestError: A threshold asks for something unknown, or a model is of an unknown kind.
        """
        check_thresholds(manifest)
        self._manifest = manifest
        self._declared = tuple(_declared(manifest, entry) for entry in manifest.models)
        self._rules = {entry.name: entry.missing for entry in manifest.models}
        self._is_listed = needs_list(entry.kind for entry in manifest.models)

    def covers(self, model: str, row: Sequence[float]) -> bool:
        """Whether a model scores a vector; missing values are NaN."""
        rule = self._rules.get(model)
        return rule is None or rule.covers(row)

    def predict(self, scores: Mapping[str, float]) -> Prediction:
        """What the scores of one vector say.

        Args:
            scores: Per model name its score, of every model that covers the vector.
        """
        decision, reached = decide(self._manifest, scores)
        models = self._ordered([self._of(one, scores.get(one.name)) for one in self._declared])
        unscored = tuple(each.name for each in self._manifest.thresholds if each.model not in scores)
        return Prediction(models, self._is_listed, decision, reached, unscored)

    def _ordered(self, models: list[ModelPrediction]) -> tuple[ModelPrediction, ...]:
        if not self._manifest.is_ordered:
            return tuple(models)
        hours = [one.horizon_h for one in self._declared]
        leads = next((place for place, each in enumerate(hours) if each is not None), 0)
        raised = in_order([(each, one.probability) for each, one in zip(hours, models)], leads)
        return tuple(replace(one, probability=each) for one, each in zip(models, raised))

    def _of(self, one: _Declared, score: float | None) -> ModelPrediction:
        if score is None:
            return ModelPrediction(one.name, one.kind, None, None, one.horizon, None, 0)
        return ModelPrediction(
            model=one.name,
            kind=one.kind,
            score=score,
            probability=None if one.calibration is None else one.calibration.probability(score),
            horizon=one.horizon,
            outlook=None if one.table is None else one.table.at(score),
            decision=decide(self._manifest, {one.name: score})[0],
        )


def _declared(manifest: Manifest, entry: ModelEntry) -> _Declared:
    """A kind that predicts no failure has no probability of one, whatever is declared."""
    scorer = scorer_of(entry.kind)
    if not scorer.predicts_failure:
        return _Declared(entry.name, scorer, None, None, None)
    calibration = next((one for one in manifest.calibrations if one.model == entry.name), None)
    table = next((one for one in manifest.outlooks if one.model == entry.name), None)
    return _Declared(entry.name, scorer, entry.horizon_h, calibration, table)
