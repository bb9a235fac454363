"""Residual columns as a trained booster carries them: an attribute of its own file, so that the two never part."""

from __future__ import annotations

from dataclasses import dataclass

DERIVED = "derived"
"""Name of the attribute; its value is `Derived` as JSON."""

MAX_COEFFICIENT = 1e12
"""Size of a coefficient: `edge_bundle.format.bounds.MAX_COEFFICIENT`."""


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


def fault_of(derived: Derived) -> str | None:
    """What is wrong with columns that were read from a file; None where rows can be scored by them."""
    fits = max(1, len(derived.levels))
    if not derived.columns or len(set(derived.levels)) < len(derived.levels):
        return "it has no column, or a level twice"
    if not all(_is_place(place, derived.n_features) for place in derived.levels):
        return f"levels {derived.levels} of {derived.n_features} features"
    for column in derived.columns:
        if not all(_is_place(place, derived.n_features) for place in (column.target, *column.columns)):
            return f"a column of features {(column.target, *column.columns)} of {derived.n_features}"
        if len(column.powers) != len(column.columns) or any(power not in (1, 2) for power in column.powers):
            return f"powers {column.powers} of {len(column.columns)} predictors"
        if len(column.fits) != fits or not all(each is None or _is_fit(each, column) for each in column.fits):
            return f"a fit that is none, or other than {fits} of them"
    return None


def _is_place(place: object, count: int) -> bool:
    return isinstance(place, int) and not isinstance(place, bool) and 0 <= place < count


def _is_fit(fit: LevelFit, column: DerivedColumn) -> bool:
    numbers = (fit.intercept, fit.scale, *fit.coefficients)
    return (
        len(fit.coefficients) == len(column.columns)
        and all(isinstance(number, int | float) and abs(number) <= MAX_COEFFICIENT for number in numbers)
        and fit.scale >= 1 / MAX_COEFFICIENT
    )
