"""Which columns follow which metric: what a disturbance of a sensor changes in a row of features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import FeatureList
from ml.data.failure_events import Int64

LEVELS = ("mean", "last", "minimum", "maximum")
"""Statistics that move with the metric; the first ones are the steadiest."""
CHANGES = ("deviation", "slope")
"""Statistics that are 0 where the metric does not change."""


@dataclass(frozen=True, slots=True)
class MetricColumns:
    """The columns of one metric.

    Attributes:
        metric: Its name.
        levels: Columns in its unit that move with it; the first is the mean of the shortest window where there is one.
        changes: Columns that are 0 where it does not change.
    """

    metric: str
    levels: Int64
    changes: Int64

    @property
    def all(self) -> Int64:
        """All of them."""
        return np.concatenate([self.levels, self.changes])


def metric_columns(features: FeatureList) -> tuple[MetricColumns, ...]:
    """The metrics that have a level, in the order of the features.

    A telemetry feature of which nobody says what it measures is a metric of its own, and its level.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    changes: dict[str, list[int]] = {}
    for place, name in enumerate(features.names):
        if name not in features.telemetry:
            continue
        metric, statistic = features.measured.get(name, (name, LEVELS[0]))
        if statistic in LEVELS:
            found.setdefault(metric, []).append((LEVELS.index(statistic), place))
        elif statistic in CHANGES:
            changes.setdefault(metric, []).append(place)
    return tuple(
        MetricColumns(
            metric,
            np.array([place for _, place in sorted(levels)], dtype=np.int64),
            np.array(changes.get(metric, []), dtype=np.int64),
        )
        for metric, levels in found.items()
    )
