"""Gradients of the autoencoder against differences, its layer by hand, and a tiny set that it can learn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml.sequence.adam import Adam
from ml.sequence.autoencoder import loss_gradient, reconstructed, size, starting_weights, weights_of
from ml.sequence.lstm import Cell, run

COLUMNS, UNITS, LENGTH = 3, 4, 5


def test_one_unit_over_two_rows_by_hand() -> None:
    cell = Cell(
        np.array([[1.0], [0.0], [2.0], [0.0]]), np.array([[0.0], [0.0], [1.0], [3.0]]), np.array([0, 1.0, 0, 0])
    )

    states = run(cell, np.array([[[0.5]], [[-1.0]]]))

    def logistic(value: float) -> float:
        return 1 / (1 + math.exp(-value))

    first = logistic(0.5) * math.tanh(1.0)
    out = logistic(0.0) * math.tanh(first)
    second = logistic(1.0) * first + logistic(-1.0) * math.tanh(-2.0 + out)
    assert states.memory[:, 0, 0] == pytest.approx([0.0, first, second])
    assert states.hidden[:, 0, 0] == pytest.approx([0.0, out, logistic(3 * out) * math.tanh(second)])


def test_every_gradient_is_that_of_differences() -> None:
    rng = np.random.default_rng(5)
    flat = starting_weights(COLUMNS, UNITS, rng) + 0.1 * rng.normal(size=size(COLUMNS, UNITS))
    windows, weights = rng.normal(size=(6, LENGTH, COLUMNS)), weights_of(flat, COLUMNS, UNITS)

    gradient = loss_gradient(weights, windows)[1]

    differences = np.zeros_like(flat)
    for place, value in enumerate(flat.tolist()):
        losses = []
        for moved in (value + 1e-5, value - 1e-5):
            flat[place] = moved
            losses.append(loss_gradient(weights, windows)[0])
        flat[place] = value
        differences[place] = (losses[0] - losses[1]) / 2e-5
    off = np.linalg.norm(gradient - differences) / np.linalg.norm(gradient + differences)
    assert off < 1e-7


def test_the_loss_is_the_error_of_what_it_writes() -> None:
    rng = np.random.default_rng(6)
    weights = weights_of(starting_weights(COLUMNS, UNITS, rng), COLUMNS, UNITS)
    windows = rng.normal(size=(7, LENGTH, COLUMNS))

    assert loss_gradient(weights, windows)[0] == pytest.approx(
        float(((reconstructed(weights, windows) - windows) ** 2).mean()), rel=1e-12
    )


def test_a_tiny_set_is_learnt_by_heart() -> None:
    rng = np.random.default_rng(7)
    flat = starting_weights(2, 16, rng)
    windows, weights = rng.normal(size=(4, LENGTH, 2)), weights_of(flat, 2, 16)
    adam, before = Adam(flat, 0.02), loss_gradient(weights, windows)[0]

    for _ in range(400):
        adam.step(loss_gradient(weights, windows)[1])

    assert before > 0.5
    assert loss_gradient(weights, windows)[0] < 0.01


def test_a_long_gradient_is_shortened() -> None:
    short, long = np.zeros(2), np.zeros(2)

    Adam(short, 0.1).step(np.array([0.6, 0.8]))
    Adam(long, 0.1).step(np.array([6e9, 8e9]))

    assert long == pytest.approx(short)
    assert short == pytest.approx([-0.1, -0.1])
