"""Residual columns: a linear fit for each machine model on healthy rows, and what rows deviate from it, bit-stable.

Every sum has one order and every product is rounded by itself, so that processor, threads and libraries change no bit:
rows are added one after the other, normal equations are solved in plain Python, and a prediction adds its predictors in
their order. `edge_bundle.format.derived_columns` computes the same columns on the device.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from expectations.model_folder.derived import MAX_COEFFICIENT, Derived, DerivedColumn, LevelFit
from ml.data.dataset import Dataset, Float32, Float64, Mask
from ml.data.derived_rules import DerivedRule
from ml.data.healthy import near_events
from ml.models.pca import FARTHEST

LEAST_ROWS = 50
"""Healthy rows of a machine model that a fit needs. Starting value: two days of hourly rows of one machine."""

Places = NDArray[np.intp]
"""Positions of rows."""

ROWS_A_NUMBER = 10
"""Healthy rows for each number of a fit: with 50 rows and 16 predictors later rows spread 1.5 times as far as those of
the fit. Source: Harrell, Regression Modeling Strategies, 2nd edition, section 4.4, 10 to 20."""

RIDGE = 1e-6
"""Added to the variance, 1, of each scaled predictor: predictors that always move together share what they explain."""

LARGEST = MAX_COEFFICIENT
"""Size of an intercept, a coefficient or a scale, and 1 / the least scale, as in a bundle."""


def fit_derived(rows: Dataset) -> Derived | None:
    """The residual columns that the rules of these rows ask for, fitted on the healthy ones; None without rules.

    Rows that have the fit of a whole training already have that one.

    Healthy rows lie the rules' margin from every failure and known incident of their machine that these rows may know
    of, and from the last of them: no later one has a say.
    """
    rules = rows.derived
    if rules is None or rows.fitted is not None:
        return rows.fitted
    healthy = _healthy(rows, rules.margin_us)
    groups = tuple(np.flatnonzero(healthy & mask) for mask in _groups(rows.values, rules.levels))
    columns = (
        DerivedColumn(
            one.target,
            one.columns,
            one.powers,
            tuple(_fit(rows.values, group, one) for group in groups),
        )
        for one in rules.columns
    )
    return Derived(rows.values.shape[1], rules.levels, tuple(columns))


def derived_columns(derived: Derived, values: Float64 | Float32) -> Float32:
    """The columns of rows, shape (n, f) to (n, d): deviations in healthy spreads.

    NaN for a row of another machine model than those that were fitted, and where a value is missing.
    """
    found = np.full((len(values), len(derived.columns)), np.nan, dtype=np.float32)
    for level, mask in enumerate(_groups(values, derived.levels)):
        mine = np.flatnonzero(mask)
        for place, column in enumerate(derived.columns):
            fit = column.fits[level]
            if fit is not None:
                wanted = _rounded(values[mine, column.target])
                with np.errstate(invalid="ignore"):
                    deviation = (wanted - _predicted(_predictors(values, mine, column), fit)) / fit.scale
                found[mine, place] = np.clip(deviation, -FARTHEST, FARTHEST)
    return found


def _rounded(values: Float64 | Float32) -> Float64:
    """Rounded to float32, as a device has them. Of the columns in use alone: all at once are gigabytes."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def _groups(values: Float64 | Float32, levels: tuple[int, ...]) -> tuple[Mask, ...]:
    """Rows of each level, the first that is 1; all rows where there are no levels."""
    if not levels:
        return (np.ones(len(values), dtype=np.bool_),)
    is_of = _rounded(values[:, list(levels)]) == 1.0
    first = np.where(is_of.any(axis=1), is_of.argmax(axis=1), -1)
    return tuple(np.asarray(first == level, dtype=np.bool_) for level in range(len(levels)))


def _healthy(rows: Dataset, margin_us: int) -> Mask:
    """Rows the margin away from failures and incidents until the last of them, and from that end: the rest is open."""
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    until_us = int(rows.scored_us.max())
    is_near = near_events(rows, rows.failures.until(until_us), margin_us)
    is_near |= rows.incidents.until(until_us).near(rows.machine_ids, rows.scored_us, margin_us)
    return np.asarray((rows.scored_us <= until_us - margin_us) & ~is_near, dtype=np.bool_)


def _predictors(values: Float64 | Float32, rows: Places, column: DerivedColumn | DerivedRule) -> Float64:
    """Shape (n, k)."""
    taken = _rounded(values[rows[:, None], np.asarray(column.columns, dtype=np.intp)])
    return np.where(np.asarray(column.powers) == 2, taken * taken, taken)


def _predicted(predictors: Float64, fit: LevelFit) -> Float64:
    total = np.full(len(predictors), fit.intercept)
    with np.errstate(invalid="ignore"):  # what is infinite minus what is infinite is no number on the device either
        for place, coefficient in enumerate(fit.coefficients):
            total = total + coefficient * predictors[:, place]
    return total


def _fit(values: Float64, rows: Places, rule: DerivedRule) -> LevelFit | None:
    """Least squares of whole rows; None where they are too few, nothing is left over, or numbers are out of range."""
    wanted, predictors = _rounded(values[rows, rule.target]), _predictors(values, rows, rule)
    whole = np.isfinite(wanted) & np.isfinite(predictors).all(axis=1)
    wanted, predictors = wanted[whole], predictors[whole]
    if len(wanted) < max(LEAST_ROWS, ROWS_A_NUMBER * (1 + len(rule.predictors))):
        return None
    intercept, coefficients = _least_squares(predictors, wanted)
    left = wanted - _predicted(predictors, LevelFit(intercept, coefficients, 1.0, len(wanted)))
    scale = math.sqrt(float(_added(left * left)) / len(wanted))
    least = max(float(np.abs(wanted).max()) * float(np.finfo(np.float32).eps), 1 / LARGEST)
    is_legal = all(abs(number) <= LARGEST for number in (intercept, *coefficients, scale))
    return LevelFit(intercept, coefficients, scale, len(wanted)) if scale > least and is_legal else None


def _least_squares(predictors: Float64, wanted: Float64) -> tuple[float, tuple[float, ...]]:
    """Intercept and coefficients; a predictor that never changes has 0.

    Predictors are centred and divided by their standard deviation for the normal equations, and coefficients are turned
    back.
    """
    count = len(predictors)
    centers, middle = _added(predictors) / count, float(_added(wanted)) / count
    off = predictors - centers
    scales = np.sqrt(_added(off * off) / count)
    changes = scales > np.abs(centers) * np.finfo(np.float32).eps
    scaled = np.where(changes, off / np.where(changes, scales, 1.0), 0.0)
    gram = [(_added(scaled[:, place, None] * scaled) / count).tolist() for place in range(predictors.shape[1])]
    for place, row in enumerate(gram):
        row[place] += RIDGE
    weights = solved(gram, (_added(scaled * (wanted - middle)[:, None]) / count).tolist())
    turned = zip(weights, scales.tolist(), changes.tolist(), strict=True)
    coefficients = tuple(weight / scale if is_used else 0.0 for weight, scale, is_used in turned)
    intercept = middle
    for coefficient, center in zip(coefficients, centers.tolist(), strict=True):
        intercept = intercept - coefficient * center
    return intercept, coefficients


def _added(values: Float64) -> Float64:
    """Sum over the rows, one after the other: other sums of NumPy take an order that fits the processor."""
    return np.asarray(np.add.accumulate(values, axis=0)[-1])


def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The x of ``matrix · x = right``, of a symmetric positive definite matrix, by Cholesky's decomposition.

    Source: Golub & Van Loan, Matrix Computations, 4th edition, algorithm 4.2.1.

    >>> solved([[4.0, 2.0], [2.0, 5.0]], [2.0, 5.0])
    [0.0, 1.0]
    """
    size = len(right)
    lower = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row + 1):
            total = matrix[row][column]
            for place in range(column):
                total -= lower[row][place] * lower[column][place]
            lower[row][column] = math.sqrt(total) if row == column else total / lower[column][column]
    half = [0.0] * size
    for row in range(size):
        total = right[row]
        for place in range(row):
            total -= lower[row][place] * half[place]
        half[row] = total / lower[row][row]
    found = [0.0] * size
    for row in reversed(range(size)):
        total = half[row]
        for place in range(row + 1, size):
            total -= lower[place][row] * found[place]
        found[row] = total / lower[row][row]
    return found
