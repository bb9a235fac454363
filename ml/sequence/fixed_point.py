"""The functions of gates on a fixed grid: whole numbers in, whole numbers out, so that no library changes a bit.

A value is rounded to 1/`GRID` within ± `END`, and looked up; a function's value is a multiple of 1/`UNIT`.
"""

from __future__ import annotations

import math

import numpy as np

from ml.data.dataset import Float64

GRID, END, UNIT = 2048, 8, 32767
"""Places between two whole numbers, largest argument, and the number that a value of 1 is: 16 bits with a sign."""

TANH = np.array([round(UNIT * math.tanh(at / GRID)) for at in range(-END * GRID, END * GRID + 1)], dtype=np.float64)
LOGISTIC = np.array(
    [round(UNIT / (1.0 + math.exp(-at / GRID))) for at in range(-END * GRID, END * GRID + 1)], dtype=np.float64
)


def looked_up(table: Float64, values: Float64) -> Float64:
    """A function of values, as multiples of 1/`UNIT`.

    >>> looked_up(TANH, np.array([0.0, 99.0, -0.5])).tolist()
    [0.0, 32767.0, -15142.0]
    """
    places = np.rint(np.clip(values, -END, END) * GRID).astype(np.int64) + END * GRID
    return table[places]
