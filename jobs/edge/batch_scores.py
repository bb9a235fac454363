"""Scores of feature rows by the sealed bundle itself: what the gateway runs is what the batch runs."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.digest import VECTOR_DIGEST_CHARACTERS
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.model_scorers import scorer_of
from edge_bundle.format.prediction import Predictor


def score_rows(features: "pa.Table", bundle: TrustedBundle, name: str, scorer: Scorer) -> list[dict[str, Any]]:
    """Rows of `gold.predictions` with source batch, for rows of `gold.machine_features`.

    Args:
        features: Rows with the bundle's features by name; null is a missing value.
        bundle: The verified bundle.
        name: The bundle's name as scores refer to it.
        scorer: The kernel.

    Raises:
        ManifestError: A threshold asks for something unknown.
    """
    predictor = Predictor(bundle.manifest)
    vectors = _vectors(features, [feature.name for feature in bundle.manifest.features])
    scores = {entry.name: _scores(vectors, bundle, entry.name, scorer) for entry in bundle.manifest.models}
    keys = features.select(["machine_id", "factory_id", "scored_at", "scored_date"]).to_pylist()
    return [
        {**key, **predictor.predict(_of_row(predictor, scores, vectors, at)).columns(),
         "bundle": name, "bundle_sha256": bundle.content_sha256, "is_matched_by_name": False,
         "source": "batch", "gateway_id": None, "is_warming_up": False,
         "feature_digest": hashlib.sha256(vectors[at].tobytes()).hexdigest()[:VECTOR_DIGEST_CHARACTERS]}
        for at, key in enumerate(keys)
    ]  # fmt: skip


def _of_row(predictor: Predictor, scores: Mapping[str, Any], vectors: Any, at: int) -> dict[str, float]:
    """The scores of one row, of the models that cover it."""
    row = vectors[at].tolist()
    return {model: float(values[at]) for model, values in scores.items() if predictor.covers(model, row)}


def _vectors(features: "pa.Table", names: list[str]) -> Any:
    """Float64 little-endian, a row per row; a null is the canonical NaN."""
    columns = [features.column(name).to_numpy(zero_copy_only=False) for name in names]
    matrix = np.ascontiguousarray(np.stack(columns, axis=1).astype("<f8"))
    matrix[np.isnan(matrix)] = np.nan
    return matrix


def _scores(vectors: Any, bundle: TrustedBundle, name: str, scorer: Scorer) -> Any:
    model, rows = bundle.model(name), vectors.astype("<f4").tobytes()
    kind = scorer_of(model.label)
    return np.frombuffer(kind.score_rows(scorer, model, rows), f"<{kind.code}")
