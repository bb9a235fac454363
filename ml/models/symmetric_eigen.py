"""Eigenvalues of a symmetric matrix by plain elementwise arithmetic: the same bits on every processor.

LAPACK's own solvers add in an order that depends on the processor and on the number of threads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Float64
from ml.errors import ModelError

Int64 = NDArray[np.int64]

MOST_SWEEPS = 60
"""Jacobi's method squares its error with every sweep; ten sweeps are usual for a hundred columns."""

TOLERANCE = 1e-15
"""Off-diagonal entries this small, beside the largest diagonal entry, are zero."""


def symmetric_eigen(matrix: Float64) -> tuple[Float64, Float64]:
    """Eigenvalues of a symmetric matrix, falling, and its eigenvectors as rows; each row's largest entry is positive.

    Source: Jacobi's method with rotations of disjoint pairs in round-robin order; Golub & Van Loan, Matrix
    Computations, 4th edition 2013, sections 8.5.2 and 8.5.6.

    Args:
        matrix: Shape (f, f).

    Raises:
        ModelError: It did not converge: an entry is not finite.
    """
    size = len(matrix)
    even = size + size % 2
    work, vectors = np.zeros((even, even)), np.eye(even)
    work[:size, :size] = matrix
    rounds = _rounds(even)
    for _ in range(MOST_SWEEPS):
        off = np.abs(work - np.diag(np.diag(work))).max(initial=0.0)
        if off <= TOLERANCE * np.abs(np.diag(work)).max(initial=0.0):
            return _sorted(np.diag(work)[:size], vectors[:size, :size].T)
        for low, high in rounds:
            _rotate(work, vectors, low, high)
    raise ModelError(f"eigenvalues of {size} columns did not converge: look for values that are not finite")


def _rounds(size: int) -> list[tuple[Int64, Int64]]:
    """All pairs in rounds of disjoint ones: the circle of a tournament."""
    order = list(range(size))
    found = []
    for _ in range(size - 1):
        half = size // 2
        pairs = np.sort(np.array([order[:half], order[half:][::-1]]), axis=0)
        found.append((pairs[0], pairs[1]))
        order = [order[0], order[-1], *order[1:-1]]
    return found


def _rotate(work: Float64, vectors: Float64, low: Int64, high: Int64) -> None:
    """Make the entries of these disjoint pairs zero."""
    entry, apart = work[low, high], work[high, high] - work[low, low]
    reach = np.sqrt(apart * apart + 4.0 * entry * entry)
    divisor = apart + np.where(apart < 0.0, -reach, reach)
    tangent = np.divide(2.0 * entry, divisor, out=np.zeros_like(entry), where=divisor != 0.0)
    cosine = 1.0 / np.sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    for matrix in (work, vectors):
        left, right = matrix[:, low], matrix[:, high]
        matrix[:, low], matrix[:, high] = cosine * left - sine * right, sine * left + cosine * right
    upper, lower = work[low], work[high]
    work[low] = cosine[:, None] * upper - sine[:, None] * lower
    work[high] = sine[:, None] * upper + cosine[:, None] * lower
    work[low, high] = work[high, low] = 0.0


def _sorted(values: Float64, rows: Float64) -> tuple[Float64, Float64]:
    order = np.argsort(-values, kind="stable")
    rows = rows[order]
    largest = rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)]
    return values[order], rows * np.where(largest < 0.0, -1.0, 1.0)[:, None]
