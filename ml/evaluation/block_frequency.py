"""Whether probabilities hold on later blocks: positives that were predicted against those that came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expectations.chance_intervals import poisson_interval
from ml.data.dataset import Dataset, Float64
from ml.data.failure_events import next_failure_us


@dataclass(frozen=True, slots=True)
class BlockFrequency:
    """One held-out block.

    Attributes:
        rows: Its rows with a label.
        predicted: Sum of their probabilities.
        observed: Rows that a failure followed within the horizon.
        failures_known: Failures that the calibration of the block was fitted on.
        failures: Failures that followed those rows: rows of one are nearly one observation.
    """

    rows: int
    predicted: float
    observed: int
    failures_known: int
    failures: int

    @property
    def ratio(self) -> float | None:
        """Predicted by observed; None where none was observed."""
        return self.predicted / self.observed if self.observed else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the ratio by the count of failures, which alone says how often such rows come.

        >>> tuple(round(bound, 2) for bound in BlockFrequency(7_000, 517.6, 309, 27, 13).interval or ())
        (0.98, 3.15)
        """
        if not (self.observed and self.failures):
            return None
        low, high = poisson_interval(self.failures)
        each = self.predicted / (self.observed / self.failures)
        return each / high, each / low


def block_frequencies(
    rows: Dataset, block: NDArray[np.int16], probability: Float64, known: tuple[int, ...]
) -> tuple[BlockFrequency, ...]:
    """The frequencies of every block, in order.

    Args:
        rows: Held-out rows; those without a label are left out.
        block: Number of each one's block, shape (n,).
        probability: Shape (n,).
        known: Failures that each block was calibrated on.
    """
    return tuple(
        _frequency(rows, (block == number) & (rows.label >= 0), probability, each) for number, each in enumerate(known)
    )


def _frequency(rows: Dataset, mine: NDArray[np.bool_], probability: Float64, known: int) -> BlockFrequency:
    positive = mine & (rows.label == 1)
    machines = rows.machine_ids[positive]
    failed_us = next_failure_us(rows.failures, machines, rows.scored_us[positive])
    failures = len(set(zip(machines.tolist(), failed_us.tolist(), strict=True)))
    return BlockFrequency(int(mine.sum()), float(probability[mine].sum()), int(positive.sum()), known, failures)
