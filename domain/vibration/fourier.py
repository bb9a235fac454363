"""The discrete Fourier transform of any length, in plain Python.

Sources: Cooley and Tukey 1965 for powers of two; Bluestein 1970, a transform as a convolution with a chirp, for others.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence


def transform(values: Sequence[complex]) -> list[complex]:
    """``X[k] = sum of x[n] exp(-2 pi i k n / N)`` for k from 0 to N - 1.

    >>> [round(abs(x), 9) for x in transform([1.0, 2.0, 3.0])]
    [6.0, 1.732050808, 1.732050808]
    """
    count = len(values)
    return _halves(values) if count & (count - 1) == 0 else _by_chirp(values)


def inverse(values: Sequence[complex]) -> list[complex]:
    """The inverse of `transform`.

    >>> [round(x.real, 9) for x in inverse(transform([1.0, 2.0, 3.0]))]
    [1.0, 2.0, 3.0]
    """
    count = len(values)
    return [x.conjugate() / count for x in transform([x.conjugate() for x in values])]


def _halves(values: Sequence[complex]) -> list[complex]:
    """Of a length that is a power of two."""
    count = len(values)
    if count <= 1:
        return list(values)
    even, odd = _halves(values[::2]), _halves(values[1::2])
    turn = -2j * math.pi / count
    turned = [x * cmath.exp(turn * k) for k, x in enumerate(odd)]
    return [a + b for a, b in zip(even, turned)] + [a - b for a, b in zip(even, turned)]


def _by_chirp(values: Sequence[complex]) -> list[complex]:
    """``k n = (k k + n n - (k - n)(k - n)) / 2`` makes the sum a convolution of a power of two."""
    count = len(values)
    chirp = [cmath.exp(-1j * math.pi * (k * k % (2 * count)) / count) for k in range(count)]
    size = 1 << (2 * count - 1).bit_length()
    kernel = [0j] * size
    for k, turn in enumerate(chirp):
        kernel[k] = kernel[-k] = turn.conjugate()
    padded = [x * turn for x, turn in zip(values, chirp)] + [0j] * (size - count)
    convolved = inverse([a * b for a, b in zip(_halves(padded), _halves(kernel))])
    return [x * turn for x, turn in zip(convolved, chirp)]
