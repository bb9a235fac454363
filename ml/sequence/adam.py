"""Adam: one descent of a vector of weights. Source: Kingma & Ba, Adam, ICLR 2015, algorithm 1 with its constants."""

from __future__ import annotations

import numpy as np

from ml.data.dataset import Float64

DECAY_MEAN, DECAY_SQUARE, EPSILON = 0.9, 0.999, 1e-8
MOST_NORM = 1.0
"""A longer gradient is shortened to this. Source: Pascanu, Mikolov & Bengio, ICML 2013; 1 is the usual value."""


class Adam:
    """Moves one vector of weights against its gradients.

    Args:
        weights: Changed in place, shape (w,).
        rate: How far a step goes at most, about.
    """

    def __init__(self, weights: Float64, rate: float) -> None:
        self._weights, self._rate, self._taken = weights, rate, 0
        self._mean, self._square = np.zeros_like(weights), np.zeros_like(weights)

    def step(self, gradient: Float64) -> None:
        """One step against a gradient, shape (w,)."""
        norm = float(np.sqrt(np.dot(gradient, gradient)))
        shortened = gradient * (MOST_NORM / norm) if norm > MOST_NORM else gradient
        self._taken += 1
        self._mean += (1.0 - DECAY_MEAN) * (shortened - self._mean)
        self._square += (1.0 - DECAY_SQUARE) * (shortened * shortened - self._square)
        mean = self._mean / (1.0 - DECAY_MEAN**self._taken)
        square = self._square / (1.0 - DECAY_SQUARE**self._taken)
        self._weights -= self._rate * mean / (np.sqrt(square) + EPSILON)
