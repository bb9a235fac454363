"""Reference histograms: frozen edges, every row in exactly one bin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.data.reference import histogram

VALUES = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=200)


@given(VALUES)
def test_every_row_stands_in_one_bin(values: list[float]) -> None:
    found = histogram("x", np.array(values))

    assert sum(found.counts) + found.nulls == len(values)
    assert len(found.counts) == len(found.edges) + 1
    assert list(found.edges) == sorted(set(found.edges))


def test_deciles_of_many_values_hold_a_tenth_each() -> None:
    found = histogram("x", np.arange(1000, dtype=float))

    assert found.counts == pytest.approx([100] * 10, abs=1)


def test_two_values_are_told_apart() -> None:
    found = histogram("flag", np.array([0.0] * 95 + [1.0] * 5))

    assert found.edges == (0.0, 1.0)
    assert found.counts == (0, 95, 5)


def test_column_without_values_has_no_range() -> None:
    found = histogram("x", np.full(3, np.nan))

    assert (found.nulls, found.minimum, found.maximum) == (3, None, None)


def test_one_far_value_does_not_move_the_edges() -> None:
    values = np.arange(1000, dtype=float)

    plain = histogram("x", values)
    spiked = histogram("x", np.append(values, 1e9))

    assert spiked.edges == pytest.approx(plain.edges, abs=1)
