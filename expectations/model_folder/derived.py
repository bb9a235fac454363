"""Residual columns as a trained booster carries them: an attribute of its own file, so that the two never part."""

from __future__ import annotations

from dataclasses import dataclass

DERIVED = "derived"
"""Name of the attribute; its value is `Derived` as JSON."""


@dataclass(frozen=True, slots=True)
class LevelFit:
    """A fit on the healthy rows of one machine model.

    Attributes:
        intercept: What is predicted where all predictors are 0, in the unit of the column.
        coefficients: Of each predictor.
        scale: Standard deviation of what the fit leaves over on these rows, above 0.
        rows: How many they were, for people.
    """

    intercept: float
    coefficients: tuple[float, ...]
    scale: float
    rows: int


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """One column: (value - prediction) / scale.

    Attributes:
        target: Position of the feature that is predicted.
        columns: Position of the feature of each predictor.
        powers: Power of each predictor, 1 or 2.
        fits: One for each level, one alone where there are no levels; None where healthy rows were too few.
    """

    target: int
    columns: tuple[int, ...]
    powers: tuple[int, ...]
    fits: tuple[LevelFit | None, ...]


@dataclass(frozen=True, slots=True)
class Derived:
    """The columns that follow a row's features.

    Attributes:
        n_features: Length of a row without them.
        levels: Positions of the features that are 1 for rows of a machine model.
        columns: At least one.
    """

    n_features: int
    levels: tuple[int, ...]
    columns: tuple[DerivedColumn, ...]
