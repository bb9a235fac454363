"""From scores to what is asked for: the same rule on the device and in the batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from edge_bundle.format.manifest import Manifest, Threshold

DECISIONS = ("none", "watch", "maintain", "stop_request")
ASKED_BY = {"alarm": 1, "anomaly": 1, "maintenance": 2, "safe_stop": 3}
"""Name of a manifest's threshold -> place in `DECISIONS`. Source: REQUIREMENTS F4."""


def decide(manifest: Manifest, scores: Mapping[str, float]) -> tuple[int, Optional[Threshold]]:
    """The gravest thing that a threshold asks for, and that threshold; (0, None) where none is reached.

    Args:
        manifest: The bundle's.
        scores: Per model name its margin or path-length sum.
    """
    gravest: tuple[int, Optional[Threshold]] = (0, None)
    for threshold in manifest.thresholds:
        if threshold.model not in scores:
            continue
        kind = manifest.model(threshold.model).kind
        asked = ASKED_BY[threshold.name]
        if asked > gravest[0] and threshold.is_reached(kind, scores[threshold.model]):
            gravest = (asked, threshold)
    return gravest
