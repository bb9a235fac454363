"""The version in force: its models, each flagging rows by the features that it knows by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import xgboost as xgb

from expectations.model_folder.models import Model
from ml.data.dataset import Dataset, Mask
from ml.data.missing import can_be_scored
from ml.errors import FrameError
from ml.models.failure_model import margins
from ml.models.forest import Forest, path_lengths
from ml.models.pca import Projection

Names = tuple[str, ...]


class ChampionModel(Protocol):
    """A model in force, of any kind."""

    @property
    def kind(self) -> str:
        """Kind as gold.model_versions names it."""

    @property
    def entry(self) -> Model:
        """Its entry in the model folder: name, scorer, files and horizon."""

    def flags(self, rows: Dataset, names: Names) -> Mask:
        """Rows it would alarm at; ``names`` are the columns of ``rows``, in any order, more than its own or not.

        Raises:
            FrameError: A feature of its own is not among them.
        """


@dataclass(frozen=True, slots=True)
class FailureChampion:
    """A failure model in force: alarm where its margin is at or above ``threshold``.

    Attributes:
        entry: Its entry in the model folder.
        booster: Splits by position in ``features``.
        threshold: Margin.
        trained_until_us: Last time of a training row, UTC microseconds.
        features: Columns it was trained on, in its order.
    """

    entry: Model
    booster: xgb.Booster
    threshold: float
    trained_until_us: int
    features: Names

    @property
    def kind(self) -> str:
        """As gold.model_versions names it."""
        return "failure"

    def flags(self, rows: Dataset, names: Names) -> Mask:
        """As `ChampionModel.flags`."""
        if not len(rows):
            return np.zeros(0, dtype=np.bool_)
        mine = by_name(rows, names, self.features)
        return np.asarray(margins(self.booster, mine.values) >= self.threshold, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class AnomalyChampion:
    """An anomaly model in force: alarm where its path length is below ``threshold``.

    Attributes:
        entry: Its entry in the model folder.
        forest: Splits by position in ``features``.
        threshold: Path length.
        features: Columns of the version it belongs to, in its order.
    """

    entry: Model
    forest: Forest
    threshold: float
    features: Names

    @property
    def kind(self) -> str:
        """As gold.model_versions names it."""
        return "anomaly"

    def flags(self, rows: Dataset, names: Names) -> Mask:
        """As `ChampionModel.flags`; of rows that it scores."""
        mine = by_name(rows, names, self.features)
        return np.asarray(path_lengths(self.forest, mine.matrix) < self.threshold, dtype=np.bool_)

    def scores(self, rows: Dataset, names: Names) -> Mask:
        """Rows that it scores: those whose missing windows are usual. Raises: as `ChampionModel.flags`."""
        return can_be_scored(self.entry.missing, by_name(rows, names, self.features).values)


@dataclass(frozen=True, slots=True)
class ResidualChampion:
    """T2 or Q in force: alarm where its score is at or above ``threshold``; a row that lacks a column is none.

    Attributes:
        entry: Its entry in the model folder.
        projection: Columns by position in ``features``.
        threshold: Sum of squares.
        features: Columns of the version it belongs to, in its order.
    """

    entry: Model
    projection: Projection
    threshold: float
    features: Names

    @property
    def kind(self) -> str:
        """As gold.model_versions names it."""
        return "anomaly"

    def flags(self, rows: Dataset, names: Names) -> Mask:
        """As `ChampionModel.flags`."""
        mine = by_name(rows, names, self.features)
        return np.asarray(self.projection.scores(mine.values) >= self.threshold, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Champion:
    """The version in force, as read from its model folder.

    Attributes:
        version: Registry version.
        horizon: Horizon it was trained and evaluated at, as a profile writes it.
        features: Columns it was trained on, in its order.
        seen_until_us: Last row that its training held, whatever it was used for, UTC microseconds.
        models: Its models, in the order of the folder; the first of a kind is the one that gates compare.
    """

    version: str
    horizon: str
    features: Names
    seen_until_us: int
    models: tuple[ChampionModel, ...]

    @property
    def failure(self) -> FailureChampion | None:
        """Its first failure model."""
        return next((model for model in self.models if isinstance(model, FailureChampion)), None)

    @property
    def anomaly(self) -> AnomalyChampion | None:
        """Its first anomaly model."""
        return next((model for model in self.models if isinstance(model, AnomalyChampion)), None)

    def unusual(self, rows: Dataset, names: Names) -> Mask:
        """Rows that any of its anomaly models would alarm at. Raises: as `ChampionModel.flags`."""
        found = [model.flags(rows, names) for model in self.models if model.kind == "anomaly"]
        return np.asarray(np.any(found, axis=0), dtype=np.bool_)

    @property
    def kinds(self) -> Names:
        """Kinds of its models, each once, as gold.model_versions names them."""
        return tuple(dict.fromkeys(model.kind for model in self.models))


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
