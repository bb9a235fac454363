"""Whether probabilities hold on later blocks: positives that were predicted against those that came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Float64


@dataclass(frozen=True, slots=True)
class BlockFrequency:
    """One held-out block.

    Attributes:
        rows: Its rows with a label.
        predicted: Sum of their probabilities.
        observed: Rows that a failure followed within the horizon.
        failures_known: Failures that the calibration of the block was fitted on.
    """

    rows: int
    predicted: float
    observed: int
    failures_known: int

    @property
    def ratio(self) -> float | None:
        """Predicted by observed; None where none was observed."""
        return self.predicted / self.observed if self.observed else None


def block_frequencies(
    block: NDArray[np.int16], label: NDArray[np.int8], probability: Float64, known: tuple[int, ...]
) -> tuple[BlockFrequency, ...]:
    """The frequencies of every block, in order; ``known`` holds the failures that each was calibrated on.

    >>> block, label = np.array([0, 0, 1], np.int16), np.array([1, 0, 1], np.int8)
    >>> block_frequencies(block, label, np.array([.5, .25, .5]), (3, 9))[0]
    BlockFrequency(rows=2, predicted=0.75, observed=1, failures_known=3)
    """
    block, probability, label = block[label >= 0], probability[label >= 0], label[label >= 0]
    masks = [block == number for number in range(len(known))]
    return tuple(
        BlockFrequency(int(mine.sum()), float(probability[mine].sum()), int((label[mine] == 1).sum()), failures)
        for mine, failures in zip(masks, known, strict=True)
    )
