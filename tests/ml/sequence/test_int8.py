"""The INT8 form: near the float form, the same bits in any order of sums, and what it loses."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest

from ml.data.dataset import Dataset, Float64
from ml.data.failure_events import NO_EVENTS
from ml.errors import ArtifactError
from ml.sequence.fit import Autoencoder, SequenceParams, fit_autoencoder
from ml.sequence.int8 import Int8Form, int8_bytes, int8_form, load_int8
from ml.sequence.int8_loss import Int8Loss, rank_correlation
from ml.sequence.windows import windows_of

HOUR_US = 3_600_000_000
COLUMNS = np.arange(4, dtype=np.int32)
PARAMS = SequenceParams(length=4, units=8, epochs=10, batch=32, rate=0.01)


@lru_cache(maxsize=1)
def trained() -> tuple[Autoencoder, Float64]:
    """An autoencoder of rows that hang together, and their windows."""
    rng, rows = np.random.default_rng(8), 300
    hidden = np.cumsum(rng.normal(size=(rows, 2)), axis=0) @ rng.normal(size=(2, 4))
    dataset = Dataset(
        np.full(rows, "m"), np.arange(rows, dtype=np.int64) * HOUR_US, hidden + 0.1 * rng.normal(size=hidden.shape),
        np.zeros(rows, dtype=np.int8), NO_EVENTS,
    )  # fmt: skip
    made = fit_autoencoder(dataset, COLUMNS, HOUR_US, PARAMS)
    windows = windows_of(dataset, COLUMNS, PARAMS.length, HOUR_US)
    return made, made.standard.deviations(dataset.values[windows.rows])


def test_it_orders_windows_as_the_float_form_does_at_an_eighth_of_the_size() -> None:
    made, windows = trained()
    form = int8_form(made)

    assert rank_correlation(made.score(windows), form.score(windows)) > 0.99
    assert form.score(windows) == pytest.approx(made.score(windows), rel=0.2, abs=0.01)
    assert {each.dtype for each in (form.encoder_inputs, form.decoder_recurrent, form.output)} == {np.dtype(np.int8)}
    assert max(np.abs(each).max() for each in (form.encoder_inputs, form.encoder_recurrent, form.output)) == 127


def test_no_order_of_sums_changes_a_bit() -> None:
    made, windows = trained()
    form = int8_form(made)

    assert form.score(windows)[7:8].tobytes() == form.score(windows[7:8]).tobytes()
    assert [by_hand(form, each.tolist()) for each in windows[:3]] == form.score(windows[:3]).tolist()


def test_its_bytes_are_those_of_the_form_and_give_it_back() -> None:
    form = int8_form(trained()[0])

    again = load_int8(int8_bytes(form))

    assert int8_bytes(again) == int8_bytes(form)
    assert again.score(trained()[1]).tobytes() == form.score(trained()[1]).tobytes()
    assert again.standard.columns.tolist() == COLUMNS.tolist()
    with pytest.raises(ArtifactError, match="not an npz"):
        load_int8(b"none")


def test_a_row_of_zeros_stays_zero() -> None:
    made, windows = trained()
    made.weights.output[2] = 0.0
    try:
        form = int8_form(made)
    finally:
        trained.cache_clear()

    assert not form.output[2].any()
    assert np.isfinite(form.score(windows)).all()


@pytest.mark.parametrize(
    ("found", "found_int8", "lost", "is_legal"),
    [(100, 100, 0.0, True), (100, 98, 0.02, True), (100, 97, 0.03, False), (100, 120, 0.0, True), (0, 5, None, False)],
    ids=str,
)
def test_what_is_lost_is_of_what_the_float_form_finds(
    found: int, found_int8: int, lost: float | None, is_legal: bool
) -> None:
    loss = Int8Loss(0.9999, 500, found, found_int8, 200, 0.03)

    assert loss.lost_frac == (None if lost is None else pytest.approx(lost))
    assert loss.is_legal == is_legal
    assert str(loss).startswith("INT8 form within its limit" if is_legal else "INT8 form refused")
    assert f"finds {found_int8} where the float form finds {found} of 200" in str(loss)


def test_the_rank_correlation_of_one_row_is_unknown() -> None:
    assert math.isnan(rank_correlation(np.zeros(1), np.zeros(1)))
    assert rank_correlation(np.arange(9.0), -np.arange(9.0)) == pytest.approx(-1)


def test_equal_scores_have_no_order_and_ties_the_mean_of_their_ranks() -> None:
    assert math.isnan(rank_correlation(np.zeros(9), np.arange(9.0)))
    assert rank_correlation(np.array([1.0, 1.0, 2.0]), np.array([3.0, 3.0, 4.0])) == pytest.approx(1)
    assert rank_correlation(np.array([2.0, 1.0, 1.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(-(3**0.5) / 2)


def by_hand(form: Int8Form, window: list[list[float]]) -> float:
    """The score of one window of deviations in plain Python, sum by sum, backwards where order is free."""
    units, row_scales = form.output.shape[1], [float(each) for each in form.row_scales]
    biases = [float(each) for each in form.biases]

    def product(whole: list[int], matrix: list[list[int]], first: int, unit: int) -> list[float]:
        sums = [sum(a * b for a, b in zip(reversed(whole), reversed(row), strict=True)) for row in matrix]
        return [float(total) * (row_scales[first + at] / unit) for at, total in enumerate(sums)]

    def passed(given: list[list[float]], recurrent: list[list[int]], first: int, bias: list[float]) -> list[list[int]]:
        hidden, memory, found = [0] * units, [0.0] * units, []
        for now in given:
            own = product(hidden, recurrent, first, 32767)
            gates = [a + b + c for a, b, c in zip(now, own, bias, strict=True)]
            for at in range(units):
                entry, forget, out = (logistic(gates[at + gate * units]) for gate in (0, 1, 3))
                candidate = tanh(gates[at + 2 * units])
                memory[at] = (forget / 32767) * memory[at] + (entry / 32767) * (candidate / 32767)
                hidden[at] = round((out / 32767) * tanh(memory[at]))
            found.append(hidden.copy())
        return found

    whole = [[round(value * 2048) for value in row] for row in window]
    given = [product(row, form.encoder_inputs.tolist(), 0, 2048) for row in whole]
    code = passed(given, form.encoder_recurrent.tolist(), 4 * units, biases[: 4 * units])[-1]
    again = product(code, form.decoder_inputs.tolist(), 8 * units, 32767)
    decoder = form.decoder_recurrent.tolist()
    hidden = passed([again] * len(window), decoder, 12 * units, biases[4 * units : 8 * units])
    total = 0.0
    for row, state in zip(window, reversed(hidden), strict=True):
        written = product(state, form.output.tolist(), 16 * units, 32767)
        for value, each, bias in zip(row, written, biases[8 * units :], strict=True):
            total += (value - (each + bias)) * (value - (each + bias))
    return total / (len(window) * len(window[0]))


def tanh(value: float) -> int:
    return round(32767 * math.tanh(round(min(max(value, -8.0), 8.0) * 2048) / 2048))


def logistic(value: float) -> int:
    return round(32767 / (1.0 + math.exp(-round(min(max(value, -8.0), 8.0) * 2048) / 2048)))
