"""The version in force as a judge of rows: its models, and the features they know by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xgboost as xgb

from ml.data.dataset import Dataset, Mask
from ml.errors import FrameError
from ml.models.failure_model import margins
from ml.models.forest import Forest, path_lengths

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FailureChampion:
    """A failure model in force: alarm where its margin is at or above ``threshold``.

    Attributes:
        booster: Splits by position in ``features``.
        threshold: Margin.
        trained_until_us: Last time of a training row, UTC microseconds.
        features: Columns it was trained on, in its order.
    """

    booster: xgb.Booster
    threshold: float
    trained_until_us: int
    features: Names

    def flags(self, rows: Dataset, names: Names) -> Mask:
        """Rows it would alarm at; ``names`` are the columns of ``rows``, in any order, more than its own or not.

        Raises:
            FrameError: A feature of its own is not among them.
        """
        if not len(rows):
            return np.zeros(0, dtype=np.bool_)
        mine = by_name(rows, names, self.features)
        return np.asarray(margins(self.booster, mine.values) >= self.threshold, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class AnomalyChampion:
    """An anomaly model in force: alarm where its path length is below ``threshold``.

    Attributes:
        forest: Splits by position in ``features``.
        threshold: Path length.
        features: Columns of the version it belongs to, in its order.
    """

    forest: Forest
    threshold: float
    features: Names

    def flags(self, rows: Dataset, names: Names) -> Mask:
        """Rows it would alarm at; ``names`` as for the failure model.

        Raises:
            FrameError: A feature of its own is not among them.
        """
        mine = by_name(rows, names, self.features)
        return np.asarray(path_lengths(self.forest, mine.matrix) < self.threshold, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Champion:
    """The version in force, as read from its model folder; a part it lacks is None.

    Attributes:
        version: Registry version.
        horizon: Horizon it was trained and judged at, as a profile writes it.
        features: Columns it was trained on, in its order.
        seen_until_us: Last row that its training held, whatever it was used for, UTC microseconds.
        failure: Its failure model.
        anomaly: Its anomaly model.
    """

    version: str
    horizon: str
    features: Names
    seen_until_us: int
    failure: FailureChampion | None
    anomaly: AnomalyChampion | None

    @property
    def kinds(self) -> Names:
        """Kinds of model it has, as gold.model_versions names them."""
        parts = (("failure", self.failure), ("anomaly", self.anomaly))
        return tuple(kind for kind, part in parts if part is not None)


def by_name(rows: Dataset, names: Sequence[str], wanted: Sequence[str]) -> Dataset:
    """The same rows with the columns ``wanted``, in that order.

    Raises:
        FrameError: Says which are not among ``names``.
    """
    places = {name: place for place, name in enumerate(names)}
    missing = [name for name in wanted if name not in places]
    if missing:
        raise FrameError(f"rows lack the features {missing} of an older model; they have {list(names)}")
    return rows.columns(np.array([places[name] for name in wanted], dtype=np.int32))
