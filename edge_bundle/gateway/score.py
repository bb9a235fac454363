"""From a feature vector to a decision, by the models and thresholds of a verified bundle."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.calibration import Calibration
from edge_bundle.format.decision import check_thresholds, decide
from edge_bundle.format.digest import VECTOR_DIGEST_CHARACTERS, sha256_hex
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.manifest import Threshold
from edge_bundle.format.model_blob import FlatModel, ModelKind
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.errors import BundleMismatchError


@dataclass(frozen=True)
class Score:
    """What the models say of one vector.

    Attributes:
        digest: Digest of the vector.
        margin: Failure model's margin; None without such a model.
        probability: Calibrated, for display.
        path_length: Isolation forest's sum; None without one.
        decision: Place in `decision.DECISIONS`.
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
    """One model by its name, with its calibration."""

    name: str
    model: FlatModel
    calibration: Calibration | None


class ModelScorer:
    """The bundle's failure model and anomaly model, one of each at most."""

    def __init__(self, bundle: TrustedBundle, pipeline: Pipeline, kernel: Scorer, models: dict[str, FlatModel]) -> None:
        """Fit the parts together.

        Raises:
            BundleMismatchError: Features do not fit each other.
            ManifestError: A threshold asks for something unknown.
        """
        _check(bundle, pipeline)
        manifest = self._manifest = bundle.manifest
        self.bundle = f"{manifest.name}@{manifest.version}+{manifest.build}"
        self._kernel = kernel
        self._pack = struct.Struct(f"<{len(pipeline.features)}d").pack
        parts = [_part(bundle, name, model) for name, model in models.items()]
        self._failure = _first(parts, ModelKind.MARGIN)
        self._anomaly = _first(parts, ModelKind.DEPTH)

    def score(self, row: list[float]) -> Score:
        """Scores and decision of one vector.

        Args:
            row: Float64 in feature order; null is `math.nan`, whose bits are the canonical ones.
        """
        digest = sha256_hex(self._pack(*row))[:VECTOR_DIGEST_CHARACTERS]
        margin = probability = path_length = None
        scores: dict[str, float] = {}
        if self._failure:
            margin = scores[self._failure.name] = self._kernel.margin(self._failure.model, row)
            probability = self._failure.calibration.probability(margin) if self._failure.calibration else None
        if self._anomaly:
            path_length = scores[self._anomaly.name] = self._kernel.depth(self._anomaly.model, row)
        return Score(digest, margin, probability, path_length, *decide(self._manifest, scores))


def _first(parts: list[_Part], kind: ModelKind) -> _Part | None:
    return next((part for part in parts if part.model.kind is kind), None)


def _part(bundle: TrustedBundle, name: str, model: FlatModel) -> _Part:
    calibration = next((one for one in bundle.manifest.calibrations if one.model == name), None)
    return _Part(name, model, calibration)


def _check(bundle: TrustedBundle, pipeline: Pipeline) -> None:
    manifest = bundle.manifest
    check_thresholds(manifest)
    if [feature.name for feature in manifest.features] != [rule.name for rule in pipeline.features]:
        raise BundleMismatchError("the manifest's features are not those of features/pipeline.json, in its order")
    if (manifest.plant, manifest.score_every_s) != (pipeline.plant, pipeline.score_every_s):
        raise BundleMismatchError(
            f"the manifest is of plant {manifest.plant!r}, grid {manifest.score_every_s} s; "
            f"features/pipeline.json of {pipeline.plant!r}, {pipeline.score_every_s} s"
        )
