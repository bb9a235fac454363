"""Scores of feature rows by the sealed bundle itself: what the gateway runs is what the batch runs."""

import hashlib
from typing import TYPE_CHECKING, Any

from edge_bundle.format.bundle import TrustedBundle
from edge_bundle.format.decision import DECISIONS, check_thresholds, decide
from edge_bundle.format.digest import VECTOR_DIGEST_CHARACTERS
from edge_bundle.format.kernel import Scorer
from edge_bundle.format.model_blob import ModelKind

if TYPE_CHECKING:
    import pyarrow as pa


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
    check_thresholds(bundle.manifest)
    vectors = _vectors(features, [feature.name for feature in bundle.manifest.features])
    scores = {entry.name: _scores(vectors, bundle, entry.name, scorer) for entry in bundle.manifest.models}
    keys = features.select(["machine_id", "factory_id", "scored_at", "scored_date"]).to_pylist()
    return [
        {**key, **_row(bundle, {model: float(values[at]) for model, values in scores.items()}),
         "bundle": name, "source": "batch", "gateway_id": None, "is_warming_up": False,
         "feature_digest": hashlib.sha256(vectors[at].tobytes()).hexdigest()[:VECTOR_DIGEST_CHARACTERS]}
        for at, key in enumerate(keys)
    ]  # fmt: skip


def _vectors(features: "pa.Table", names: list[str]) -> Any:
    """Float64 little-endian, a row per row; a null is the canonical NaN."""
    import numpy as np

    columns = [features.column(name).to_numpy(zero_copy_only=False) for name in names]
    matrix = np.ascontiguousarray(np.stack(columns, axis=1).astype("<f8"))
    matrix[np.isnan(matrix)] = np.nan
    return matrix


def _scores(vectors: Any, bundle: TrustedBundle, name: str, scorer: Scorer) -> Any:
    import numpy as np

    model, rows = bundle.model(name), vectors.astype("<f4").tobytes()
    if model.kind is ModelKind.MARGIN:
        return np.frombuffer(scorer.margins(model, rows), "<f4")
    return np.frombuffer(scorer.depths(model, rows), "<f8")


def _row(bundle: TrustedBundle, scores: dict[str, float]) -> dict[str, Any]:
    manifest = bundle.manifest
    names = {entry.kind: entry.name for entry in manifest.models}
    failure, anomaly = names.get(ModelKind.MARGIN.label), names.get(ModelKind.DEPTH.label)
    calibration = next((one for one in manifest.calibrations if one.model == failure), None)
    margin = scores[failure] if failure else None
    return {
        "margin": margin,
        "probability": calibration.probability(margin) if calibration and margin is not None else None,
        "path_length": scores[anomaly] if anomaly else None,
        "decision": DECISIONS[decide(manifest, scores)[0]],
    }
