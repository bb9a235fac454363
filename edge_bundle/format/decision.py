"""From scores to what is asked for: the same rule on the device and in the batch."""

from __future__ import annotations

from collections.abc import Mapping

from edge_bundle.format.errors import ManifestError
from edge_bundle.format.manifest import Manifest, Threshold
from edge_bundle.format.model_scorers import scorer_of

DECISIONS = ("none", "watch", "maintain", "stop_request")
ASKED_BY = {"alarm": 1, "anomaly": 1, "maintenance": 2, "safe_stop": 3}
"""Name of a manifest's threshold -> place in `DECISIONS`. Source:
`docs/decisions/0124-starting-values.md`; a stop is a request, never wired into a safety system."""


def check_thresholds(manifest: Manifest) -> None:
    """Refuse a bundle that asks for something this runtime has no decision for.

    Raises:
        ManifestError: A threshold of another name.
    """
    for threshold in manifest.thresholds:
        if threshold.name not in ASKED_BY:
            raise ManifestError(f"threshold {threshold.name!r}; this runtime knows {', '.join(ASKED_BY)}")


def decide(manifest: Manifest, scores: Mapping[str, float]) -> tuple[int, Threshold | None]:
    """The gravest thing that a threshold asks for, and that threshold; (0, None) where none is reached.

    Of two that ask for the same the one that the manifest names first is reported.

    Args:
        manifest: The bundle's, with thresholds that `check_thresholds` knows.
        scores: Per model name its margin or path-length sum.
    """
    gravest: tuple[int, Threshold | None] = (0, None)
    for threshold in manifest.thresholds:
        asked = ASKED_BY[threshold.name]
        if asked <= gravest[0] or threshold.model not in scores:
            continue
        scorer = scorer_of(manifest.model(threshold.model).kind)
        if scorer.reaches(scores[threshold.model], threshold.value):
            gravest = (asked, threshold)
    return gravest
