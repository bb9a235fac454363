"""What a bundle says of its models' scores: the same function on the device and in the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge_bundle.format.decision import DECISIONS, check_thresholds, decide
from edge_bundle.format.manifest import Manifest, ModelEntry, Threshold
from edge_bundle.format.model_blob import ModelKind
from edge_bundle.format.outlook import Outlook


@dataclass(frozen=True)
class Judgement:
    """What is said of one feature vector.

    Attributes:
        margin: Failure model's margin; None without such a model.
        path_length: Isolation forest's sum; None without one.
        probability: Calibrated probability of a failure within the horizon; None without a calibration.
        horizon: Hours ahead that the failure model foresees, as ``24h``; None without one.
        outlook: The time that is left; None where the bundle has no table of it.
        decision: Place in `decision.DECISIONS`.
        reached: The threshold that decided; None where none was reached.
    """

    margin: float | None
    path_length: float | None
    probability: float | None
    horizon: str | None
    outlook: Outlook | None
    decision: int
    reached: Threshold | None

    def columns(self) -> dict[str, Any]:
        """The columns that `gold.predictions` and feed `edge_scores` share; None for null."""
        return {
            "margin": self.margin,
            "path_length": self.path_length,
            "decision": DECISIONS[self.decision],
            **self.prospect(),
        }

    def prospect(self) -> dict[str, Any]:
        """Those of them that say what may become of the machine, which alerts carry too; None for null."""
        seen = self.outlook
        return {
            "probability": self.probability,
            "horizon": self.horizon,
            "failure_expected_h": seen.expected_h if seen else None,
            "failure_earliest_h": seen.earliest_h if seen else None,
            "failure_latest_h": seen.latest_h if seen else None,
            "confidence_frac": seen.confidence_frac if seen else None,
        }


class Judge:
    """The declarations of one verified manifest, which has one model of a kind at most."""

    def __init__(self, manifest: Manifest) -> None:
        """Find what belongs to the failure model.

        Raises:
            ManifestError: A threshold asks for something unknown.
        """
        check_thresholds(manifest)
        self._manifest = manifest
        self._failure = _of_kind(manifest, ModelKind.MARGIN)
        self._anomaly = _of_kind(manifest, ModelKind.DEPTH)
        name = self._failure.name if self._failure else None
        hours = self._failure.horizon_h if self._failure else None
        self._horizon = None if hours is None else f"{hours}h"
        self._calibration = next((one for one in manifest.calibrations if one.model == name), None)
        self._table = next((one for one in manifest.outlooks if one.model == name), None)

    def judge(self, scores: Mapping[str, float]) -> Judgement:
        """What is said of the scores of one vector.

        Args:
            scores: Per model name its margin or path-length sum; every model of the manifest has one.
        """
        margin = scores[self._failure.name] if self._failure else None
        decision, reached = decide(self._manifest, scores)
        return Judgement(
            margin=margin,
            path_length=scores[self._anomaly.name] if self._anomaly else None,
            probability=None if margin is None or self._calibration is None else self._calibration.probability(margin),
            horizon=self._horizon,
            outlook=None if margin is None or self._table is None else self._table.at(margin),
            decision=decision,
            reached=reached,
        )


def _of_kind(manifest: Manifest, kind: ModelKind) -> ModelEntry | None:
    return next((entry for entry in manifest.models if entry.kind == kind.label), None)
