"""The loop that the bench compares with computes the same features."""

import numpy as np
import pytest

from bench.vibration import scipy_features
from domain.vibration.bearing import Bearing, orders
from domain.vibration.features import Shaft, features


def test_the_loop_of_scipy_computes_the_same_features() -> None:
    samples = np.random.default_rng(5).normal(size=4000).astype(np.float32)
    shaft = Shaft(1473.0, orders(Bearing(elements=9, element_mm=7.94, pitch_mm=39.04)))

    assert scipy_features(samples, 1473.0) == pytest.approx(features(samples.tolist(), 4000.0, shaft).values, rel=1e-6)
