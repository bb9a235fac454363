"""The residual columns of a model for people: what predicts each, in each machine model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xgboost as xgb

from expectations.model_folder.derived import DerivedColumn, LevelFit
from ml.models.derived_booster import derived_of


@dataclass(frozen=True, slots=True)
class ResidualFigures:
    """What a feature is predicted by in one machine model.

    Attributes:
        feature: The feature that is predicted.
        level: The feature that is 1 for rows of the machine model; empty: all rows.
        words: The prediction; None where there is no fit.
        deviation: Standard deviation of what it leaves over on healthy rows, in the unit of the feature.
        rows: How many they were.
    """

    feature: str
    level: str
    words: str | None
    deviation: float | None
    rows: int


def residual_figures(booster: xgb.Booster, names: Sequence[str]) -> tuple[ResidualFigures, ...]:
    """Each column of a booster in each machine model; empty where it has none.

    Args:
        booster: The failure model.
        names: Of its features.
    """
    derived = derived_of(booster)
    if derived is None:
        return ()
    levels = [names[place] for place in derived.levels] or [""]
    return tuple(
        _figures(column, level, fit, names)
        for column in derived.columns
        for level, fit in zip(levels, column.fits, strict=True)
    )


def _figures(column: DerivedColumn, level: str, fit: LevelFit | None, names: Sequence[str]) -> ResidualFigures:
    if fit is None:
        return ResidualFigures(names[column.target], level, None, None, 0)
    parts = (
        f"{coefficient:+.4g} · {names[place]}{'²' if power == 2 else ''}"
        for coefficient, place, power in zip(fit.coefficients, column.columns, column.powers, strict=True)
    )
    words = " ".join((f"{fit.intercept:.4g}", *parts))
    return ResidualFigures(names[column.target], level, words, fit.scale, fit.rows)
