"""`gold.missed_failure_features`: how unusual each feature was for its machine before a missed failure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from expectations.features import Feature

Vector = NDArray[np.float64]


def unusual(value: float, reference: Vector) -> float | None:
    """Distance of a value's rank among a reference from the middle, 0 to 1; None without either.

    Equal values count half, so that what never changes is usual. Source: mid-rank of the empirical distribution.

    >>> unusual(4.0, np.array([1.0, 2.0, 3.0])), unusual(2.0, np.array([1.0, 2.0, 3.0])), unusual(5.0, np.full(9, 5.0))
    (1.0, 0.0, 0.0)
    """
    if np.isnan(value) or not len(reference):
        return None
    below = (np.count_nonzero(reference < value) + np.count_nonzero(reference <= value)) / 2
    return float(abs(2 * below / len(reference) - 1))


def feature_rows(
    case: Mapping[str, Any], features: Sequence[Feature], vector: Vector, reference: Vector, *, is_as_scored: bool
) -> list[dict[str, Any]]:
    """Rows of one case, by rank.

    Args:
        case: Its key and `known_at`.
        features: In the order of the vector.
        vector: Their values at that time, NaN for a missing one, shape (n,).
        reference: The machine's own rows before, shape (m, n).
        is_as_scored: Whether the vector is the one that was scored.
    """
    rows = []
    for feature, value, column in zip(features, vector.tolist(), reference.T, strict=True):
        known = column[~np.isnan(column)]
        rows.append(
            {
                **case, "feature": feature.name, "value": None if np.isnan(value) else value, "unit": feature.unit,
                "usual": float(np.median(known)) if len(known) else None, "reference_count": len(known),
                "unusual_frac": unusual(value, known), "is_as_scored": is_as_scored,
            }
        )  # fmt: skip
    ordered = sorted(rows, key=lambda row: (-_or_least(row["unusual_frac"]), -_distance(row), row["feature"]))
    return [row | {"rank": rank} for rank, row in enumerate(ordered, start=1)]


def _or_least(fraction: float | None) -> float:
    return -1.0 if fraction is None else fraction


def _distance(row: Mapping[str, Any]) -> float:
    """Distance from what is usual, as a multiple of it: of features beyond all reference values the farthest first."""
    if row["unusual_frac"] is None:
        return 0.0
    return float(abs(row["value"] - row["usual"]) / max(abs(row["usual"]), 1e-9))
