"""From a feature vector to a decision, by the models and thresholds of a verified bundle."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.calibration import Calibration
from edge_bundle.format.digest import VECTOR_DIGEST_CHARACTERS, sha256_hex
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.manifest import Threshold
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.errors import BundleMismatchError

DECISIONS = ("none", "watch", "maintain", "stop_request")
_ASKED_BY = {"alarm": 1, "anomaly": 1, "maintenance": 2, "safe_stop": 3}
"""Name of a manifest's threshold -> the decision it asks for. Source: REQUIREMENTS F4."""


@dataclass(frozen=True)
class Score:
    """What the models say of one vector.

    Attributes:
        digest: Digest of the vector.
        margin: Failure model's margin; None without such a model.
        probability: Calibrated, for display.
        path_length: Isolation forest's sum; None without one.
        decision: Place in `DECISIONS`.
        reached: The threshold that decided; None where none was reached.
    """

    digest: str
    margin: float | None
    probability: float | None
    path_length: float | None
    decision: int
    reached: Threshold | None


@dataclass(frozen=True)
class _Part:
    """One model with what belongs to it; thresholds from the gravest down."""

    model: FlatModel
    kind: str
    thresholds: tuple[Threshold, ...]
    calibration: Calibration | None


class ModelScorer:
    """The bundle's failure model and anomaly model, one of each at most."""

    def __init__(self, bundle: TrustedBundle, pipeline: Pipeline, kernel: Scorer, models: dict[str, FlatModel]) -> None:
        """Fit the parts together.

        Raises:
            BundleMismatchError: Features, models or thresholds do not fit each other.
        """
        _check(bundle, pipeline)
        manifest = bundle.manifest
        self.bundle = f"{manifest.name}@{manifest.version}+{manifest.build}"
        self._kernel = kernel
        self._pack = struct.Struct(f"<{len(pipeline.features)}d").pack
        parts = [_part(bundle, entry.name, entry.kind, models[entry.name]) for entry in manifest.models]
        self._failure = _first(parts, ModelKind.MARGIN)
        self._anomaly = _first(parts, ModelKind.DEPTH)

    def score(self, row: list[float]) -> Score:
        """Scores and decision of one vector.

        Args:
            row: Float64 in feature order; null is `math.nan`, whose bits are the canonical ones.
        """
        digest = sha256_hex(self._pack(*row))[:VECTOR_DIGEST_CHARACTERS]
        margin = self._kernel.margin(self._failure.model, row) if self._failure else None
        path_length = self._kernel.depth(self._anomaly.model, row) if self._anomaly else None
        asked = [_asked(self._failure, margin), _asked(self._anomaly, path_length)]
        decision, reached = max(asked, key=lambda one: one[0])
        probability = None
        if self._failure and self._failure.calibration and margin is not None:
            probability = self._failure.calibration.probability(margin)
        return Score(digest, margin, probability, path_length, decision, reached)


def _asked(part: _Part | None, value: float | None) -> tuple[int, Threshold | None]:
    if part is not None and value is not None:
        for threshold in part.thresholds:
            if threshold.is_reached(part.kind, value):
                return _ASKED_BY[threshold.name], threshold
    return 0, None


def _first(parts: list[_Part], kind: ModelKind) -> _Part | None:
    return next((part for part in parts if part.model.kind is kind), None)


def _part(bundle: TrustedBundle, name: str, kind: str, model: FlatModel) -> _Part:
    manifest = bundle.manifest
    mine = [threshold for threshold in manifest.thresholds if threshold.model == name]
    gravest = tuple(sorted(mine, key=lambda threshold: -_ASKED_BY[threshold.name]))
    calibration = next((one for one in manifest.calibrations if one.model == name), None)
    return _Part(model, kind, gravest, calibration)


def _check(bundle: TrustedBundle, pipeline: Pipeline) -> None:
    manifest = bundle.manifest
    unknown = [threshold.name for threshold in manifest.thresholds if threshold.name not in _ASKED_BY]
    if unknown:
        raise BundleMismatchError(f"threshold {unknown[0]!r}; this gateway knows {', '.join(_ASKED_BY)}")
    if [feature.name for feature in manifest.features] != [rule.name for rule in pipeline.features]:
        raise BundleMismatchError("the manifest's features are not those of features/pipeline.json, in its order")
    if (manifest.plant, manifest.score_every_s) != (pipeline.plant, pipeline.score_every_s):
        raise BundleMismatchError(
            f"the manifest is of plant {manifest.plant!r}, grid {manifest.score_every_s} s; "
            f"features/pipeline.json of {pipeline.plant!r}, {pipeline.score_every_s} s"
        )
