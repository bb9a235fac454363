"""A score of a residual model in plain Python: one order of sums, the same on every device and in training."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from edge_bundle.format.float_rows import as_row, split_rows
from edge_bundle.format.residual_blob import ResidualModel


def residual(model: ResidualModel, row: Sequence[float]) -> float:
    """The score of one row: see `residual_blob`. Sums are loops: `sum` of Python 3.12 adds in another way.

    Args:
        model: A checked model.
        row: ``n_features`` numbers; missing is NaN. Each is rounded to float32 first, as in training.

    Raises:
        RowError: Another length, or something that is no number.
    """
    deviations = _deviations(model, row)
    total = 0.0
    for axis in model.axes:
        along = 0.0
        for weight, deviation in zip(axis, deviations):
            along += deviation * weight
        total += along * along
    return math.nan if math.isnan(total) else total


def residuals(model: ResidualModel, rows: bytes) -> bytes:
    """Float64 scores of float32 rows, little-endian.

    Raises:
        RowError: Not whole rows.
    """
    scores = [residual(model, row) for row in split_rows(model, rows)]
    return struct.pack(f"<{len(scores)}d", *scores)


def _deviations(model: ResidualModel, row: Sequence[float]) -> list[float]:
    values, farthest = as_row(model, row), model.farthest
    found = []
    for column, center, scale in zip(model.columns, model.centers, model.scales):
        deviation = (values[column] - center) / scale
        found.append(farthest if deviation > farthest else -farthest if deviation < -farthest else deviation)
    return found
