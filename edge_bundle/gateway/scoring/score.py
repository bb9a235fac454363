"""From a feature vector to what a verified bundle says of it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

from domain.score_alarm import score_rule

from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.digest import VECTOR_DIGEST_CHARACTERS, sha256_hex
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.model_scorers import Model, scorer_of
from edge_bundle.format.pipeline import Pipeline
from edge_bundle.format.prediction import Prediction, Predictor
from edge_bundle.gateway.errors import BundleMismatchError
from edge_bundle.gateway.trust.proof import Proof


@dataclass(frozen=True)
class Score:
    """What the bundle says of one vector.

    Attributes:
        digest: Digest of the vector.
        prediction: Scores, probability, time to the next failure, decision.
    """

    digest: str
    prediction: Prediction


class ModelScorer:
    """The bundle's models over the vectors of a machine.

    Attributes:
        bundle: Bundle as name@version+build.
        bundle_sha256: Digest of its signed manifest: two lakes may give one name to different bundles.
        expires_at: From when on its models may not be used; None for never.
        alarm_rule: How alarms of its scores behave.
        proof: Counts what is scored while the bundle is on trial; None where nobody counts.
    """

    def __init__(self, bundle: TrustedBundle, pipeline: Pipeline, kernel: Scorer, models: Mapping[str, Model]) -> None:
        """Fit the parts together.

        Args:
            bundle: The verified bundle.
            pipeline: Its declarations.
            kernel: What walks the trees.
            models: The bundle's models by name.

        Raises:
            BundleMismatchError: Features do not fit each other.
            ManifestError: A threshold asks for something unknown, or a model is of an unknown kind.
        """
        _check(bundle, pipeline)
        manifest = bundle.manifest
        self.expires_at = manifest.expires_at
        self.alarm_rule = score_rule(manifest.alarm_clear_s, manifest.alarm_repeat_s)
        self.bundle = f"{manifest.name}@{manifest.version}+{manifest.build}"
        self.bundle_sha256 = bundle.content_sha256
        self._kernel, self._predictor = kernel, Predictor(manifest)
        self._models = tuple((name, scorer_of(model.label).score, model) for name, model in models.items())
        self.proof: Proof | None = None
        self._pack = struct.Struct(f"<{len(pipeline.features)}d").pack

    def counted_by(self, proof: Proof) -> ModelScorer:
        """The same models for one gateway; gateways use one loaded bundle, and each proves it by its own scores."""
        found = copy(self)
        found.proof = proof
        return found

    def score(self, row: list[float]) -> Score:
        """Scores and what they say of one vector.

        Args:
            row: Float64 in feature order; null is `math.nan`, whose bits are the canonical ones.
        """
        digest = sha256_hex(self._pack(*row))[:VECTOR_DIGEST_CHARACTERS]
        covers = self._predictor.covers
        scores = {name: score(self._kernel, model, row) for name, score, model in self._models if covers(name, row)}
        if self.proof is not None:
            self.proof.note(row, scores.values())
        return Score(digest, self._predictor.predict(scores))


def _check(bundle: TrustedBundle, pipeline: Pipeline) -> None:
    manifest = bundle.manifest
    if [feature.name for feature in manifest.features] != [rule.name for rule in pipeline.features]:
        raise BundleMismatchError("the manifest's features are not those of features/pipeline.json, in its order")
    if (manifest.plant, manifest.score_every_s) != (pipeline.plant, pipeline.score_every_s):
        raise BundleMismatchError(
            f"the manifest is of plant {manifest.plant!r}, grid {manifest.score_every_s} s; "
            f"features/pipeline.json of {pipeline.plant!r}, {pipeline.score_every_s} s"
        )
