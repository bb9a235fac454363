"""Thresholds of several scores that alarm together: one rank for all of them, so that none takes more than another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ml.data.dataset import Float64, Mask
from ml.evaluation.threshold import CURVE_POINTS

Allows = Callable[[Mask], bool]
"""Whether these rows may be alarms together."""


def common_rank_thresholds(scores: Sequence[Float64], allows: Allows) -> tuple[float, ...]:
    """The lowest thresholds, each at the same rank of its score, at which the rows of all together are allowed.

    A row is an alarm where any score is at or above its threshold. Above all scores where even the first rank is not
    allowed. The ranks are searched from the top, where they lie dense, to the first that is not allowed.

    Source: rank of a new value among exchangeable ones (split conformal prediction, Papadopoulos et al., ECML 2002), of
    the greatest of several scores brought to one scale by their ranks.

    Args:
        scores: Each rising with what is unusual, shape (n,), n > 0; -inf or NaN where a model does not score the row.
        allows: Whether alarms at these rows are within the budget.
    """
    known = [np.where(np.isnan(each), -np.inf, each) for each in scores]
    falling = [-np.sort(-each) for each in known]
    found = tuple(float(np.nextafter(each[0], np.inf)) for each in falling)
    for rank in np.unique(np.geomspace(1, len(known[0]), CURVE_POINTS).astype(np.int64)).tolist():
        tried = tuple(float(each[rank - 1]) for each in falling)
        if not np.isfinite(tried).all() or not allows(any_reached(known, tried)):
            break
        found = tried
    return found


def any_reached(scores: Sequence[Float64], thresholds: Sequence[float]) -> Mask:
    """Rows at which a score is at or above its threshold; NaN reaches none."""
    reached = [each >= at for each, at in zip(scores, thresholds, strict=True)]
    return np.asarray(np.any(reached, axis=0), dtype=np.bool_)
