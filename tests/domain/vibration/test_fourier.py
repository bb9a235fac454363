"""The transform in plain Python against its definition and against NumPy's."""

import cmath
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.vibration.fourier import inverse, transform

NUMBERS = st.floats(-1e6, 1e6)


@given(st.lists(st.complex_numbers(max_magnitude=1e3), min_size=1, max_size=23))
def test_it_is_the_sum_of_its_definition(values: list[complex]) -> None:
    count = len(values)
    turns = [[cmath.exp(-2j * math.pi * k * n / count) for n in range(count)] for k in range(count)]
    by_definition = [sum(x * turn for x, turn in zip(values, row, strict=True)) for row in turns]

    assert transform(values) == pytest.approx(by_definition, abs=1e-8)


@given(st.lists(NUMBERS, min_size=1, max_size=300))
def test_it_is_that_of_numpy_at_every_length(values: list[float]) -> None:
    size = max(1.0, *map(abs, values))

    assert np.allclose(transform(values), np.fft.fft(values), rtol=0, atol=1e-12 * size * len(values))


@given(st.lists(NUMBERS, min_size=1, max_size=100))
def test_the_inverse_gives_the_values_back(values: list[float]) -> None:
    assert [x.real for x in inverse(transform(values))] == pytest.approx(values, abs=1e-6)
