"""How well margins rank rows, beside what they would by chance: failures shifted in time, machine by machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Dataset, Float32, Float64, Mask
from ml.data.failure_events import next_failure_us
from ml.evaluation.by_chance import SEED, shifted
from ml.policy import Policy


@dataclass(frozen=True, slots=True)
class Ranking:
    """The area under the ROC curve: how often a row before a failure has a higher margin than another row.

    Attributes:
        area: Of the failures as they were; None where the rows are of one class.
        expected: Mean over the shifts.
        upper: Their 95 % quantile; an area above it is no accident.
    """

    area: float | None
    expected: float
    upper: float


def ranking_against_chance(rows: Dataset, margins: Float32, policy: Policy) -> Ranking:
    """The area of labelled rows, beside those of failures shifted round each machine's own time.

    It needs no threshold: what a model that raises no alarm tells is its order. Source of the shifts: as `by_chance`.
    """
    known = rows.labelled
    labelled, rank = rows.keep(known), average_ranks(margins[known])
    rng = np.random.default_rng(SEED)
    found = []
    for _ in range(policy.chance_shifts):
        moved = shifted(labelled, rng.random())
        following = next_failure_us(moved, labelled.machine_ids, labelled.scored_us)
        area = area_of(np.asarray(following - labelled.scored_us <= policy.horizon_us, dtype=np.bool_), rank)
        found.append(0.5 if area is None else area)
    area = area_of(np.asarray(labelled.label == 1, dtype=np.bool_), rank)
    return Ranking(area, float(np.mean(found)), float(np.quantile(found, 0.95)))


def average_ranks(values: NDArray[np.floating]) -> Float64:
    """Ranks from 1 on, the mean of them where values are equal.

    >>> average_ranks(np.array([0.5, 0.25, 0.5])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[places], dtype=np.float64)


def area_of(positive: Mask, rank: Float64) -> float | None:
    """Area under the ROC curve from ranks; None where there is one class only.

    Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947): U / (n1 n0).

    >>> area_of(np.array([True, False, True]), np.array([2.0, 1.0, 3.0]))
    1.0
    """
    ones, zeros = int(positive.sum()), int((~positive).sum())
    if not ones or not zeros:
        return None
    return float((rank[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))
