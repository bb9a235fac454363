"""The training: same bits again, older windows only, stopped in time, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import Dataset
from ml.data.failure_events import NO_EVENTS
from ml.errors import FrameError, ModelError, TooLittleDataError
from ml.sequence.fit import EPOCHS, PATIENCE, TIME, SequenceParams, fit_autoencoder, inner_split, window_errors
from ml.sequence.int8 import int8_bytes, int8_form
from ml.sequence.windows import windows_of

HOUR_US = 3_600_000_000
ALL = np.arange(3, dtype=np.int32)
EPOCHS_WITHOUT_GAIN = 2
SMALL = SequenceParams(length=4, units=8, epochs=6, batch=32)


def waves(rows: int = 240, machines: int = 2, seed: int = 3) -> Dataset:
    """Healthy rows whose columns follow one wave, with noise."""
    rng, hours = np.random.default_rng(seed), np.arange(rows)
    wave = np.stack([np.sin(hours / 3), np.cos(hours / 3), np.sin(hours / 3 + 1)], axis=1)
    return Dataset(
        machine_ids=np.repeat([f"m{number}" for number in range(machines)], rows),
        scored_us=np.tile(hours.astype(np.int64) * HOUR_US, machines),
        values=50 + 10 * np.tile(wave, (machines, 1)) + rng.normal(0, 0.5, (machines * rows, 3)),
        label=np.zeros(machines * rows, dtype=np.int8),
        failures=NO_EVENTS,
    )


def test_the_same_rows_give_the_same_bits() -> None:
    one, two = (fit_autoencoder(waves(), ALL, HOUR_US, SMALL) for _ in range(2))
    other = fit_autoencoder(waves(), ALL, HOUR_US, replace(SMALL, seed=1))

    assert one.losses == two.losses
    assert int8_bytes(int8_form(one)) == int8_bytes(int8_form(two)) != int8_bytes(int8_form(other))


def test_it_learns_and_an_order_that_was_turned_round_is_unusual() -> None:
    rows = waves()
    found = fit_autoencoder(rows, ALL, HOUR_US, replace(SMALL, epochs=40, units=16, rate=0.01))
    windows = found.standard.deviations(rows.values[windows_of(rows, ALL, 4, HOUR_US).rows])

    usual, turned = found.score(windows), found.score(windows[:, ::-1])

    assert found.losses[found.best_epoch - 1] == min(found.losses) < 0.2 * found.losses[0]
    assert np.median(turned) > 5 * np.median(usual)


def test_the_newest_windows_have_no_row_in_common_with_those_that_train() -> None:
    rows = waves()
    windows = windows_of(rows, ALL, 4, HOUR_US)

    older, newest = inner_split(windows, rows.scored_us, SMALL)

    assert rows.scored_us[older.rows].max() < rows.scored_us[newest.rows].min()
    assert 0.15 < len(newest) / len(windows) < 0.2
    assert [len(each) for each in inner_split(windows, rows.scored_us, replace(SMALL, windows=10))] == [10, 10]


def test_it_stops_where_the_newest_gain_no_more_where_the_time_is_over_or_at_the_end() -> None:
    asked: list[tuple[str, int, int]] = []

    def progress(what: str, done: int, total: int) -> None:
        asked.append((what, done, total))

    whole = fit_autoencoder(waves(), ALL, HOUR_US, SMALL, notify=progress)
    jumpy = fit_autoencoder(waves(), ALL, HOUR_US, replace(SMALL, rate=2.0, patience=EPOCHS_WITHOUT_GAIN, epochs=50))
    short = fit_autoencoder(waves(), ALL, HOUR_US, SMALL, is_over=lambda: True)

    assert [(each.stopped, each.epochs) for each in (whole, short)] == [(EPOCHS, 6), (TIME, 1)]
    assert jumpy.stopped == PATIENCE
    assert jumpy.epochs == jumpy.best_epoch + EPOCHS_WITHOUT_GAIN < 50
    assert asked == [("LSTM autoencoder", number, 6) for number in range(1, 7)]


def test_a_column_that_never_changes_is_left_out() -> None:
    rows = waves()
    rows.values[:, 1] = 7.1

    assert fit_autoencoder(rows, ALL, HOUR_US, replace(SMALL, epochs=1)).standard.columns.tolist() == [0, 2]


def test_rows_without_change_have_no_autoencoder() -> None:
    rows = waves()
    rows.values[:] = 7.1

    with pytest.raises(TooLittleDataError, match="0 of 3 columns change"):
        fit_autoencoder(rows, ALL, HOUR_US, SMALL)


def test_an_infinite_value_is_refused() -> None:
    rows = waves()
    rows.values[5, 0] = np.inf

    with pytest.raises(FrameError, match="row 5, column 0"):
        fit_autoencoder(rows, ALL, HOUR_US, SMALL)


def test_rows_with_gaps_everywhere_say_so() -> None:
    rows = waves()

    with pytest.raises(
        TooLittleDataError, match=r"0 windows of 4 consecutive .* 314 \(a gap among the rows before it\)"
    ):
        fit_autoencoder(rows.keep(np.arange(len(rows)) % 3 > 0), ALL, HOUR_US, SMALL)


def test_a_loss_that_grows_without_bound_is_an_error() -> None:
    with pytest.raises(ModelError, match=r"is (inf|nan) after epoch 1: lower"), np.errstate(all="ignore"):
        fit_autoencoder(waves(), ALL, HOUR_US, replace(SMALL, rate=1e200))


def test_the_error_of_a_window_by_hand() -> None:
    windows = np.array([[[1.0, 2.0], [3.0, 4.0]]])

    assert window_errors(windows, np.array([[[0.0, 2.0], [3.0, 1.0]]])).tolist() == [(1 + 9) / 4]
