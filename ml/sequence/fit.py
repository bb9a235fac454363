"""The training of an autoencoder of windows: seeded, on the older windows, stopped where the newest gain no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ml.data.dataset import Dataset, Float64
from ml.data.failure_events import Int64
from ml.errors import ModelError, TooLittleDataError
from ml.models.pca import Int32
from ml.sequence.adam import Adam
from ml.sequence.autoencoder import Weights, loss_gradient, reconstructed, starting_weights, weights_of
from ml.sequence.standard import Standard, fit_standard
from ml.sequence.windows import Windows, windows_of

IsOver = Callable[[], bool]
Progress = Callable[[str, int, int], None]

AT_ONCE = 1024
"""Windows that are reconstructed together: some megabytes."""

EPOCHS, PATIENCE, TIME = "all epochs", "no gain", "time is over"
"""Why a training stopped."""


@dataclass(frozen=True, slots=True)
class SequenceParams:
    """Parameters of an autoencoder and its training; work is bounded by `epochs` x `windows`.

    Attributes:
        length: Rows of a window.
        units: Units of each layer, the size of the code.
        epochs: Passes over the windows at most.
        patience: Passes without a gain on the newest windows, after which it stops.
        batch: Windows of one step.
        rate: Of `Adam`.
        windows: Windows that train at most, at even places.
        validated_frac: Fraction of the time, the newest, whose windows say when to stop.
        seed: Of the first weights and the order of windows.
    """

    length: int = 12
    units: int = 32
    epochs: int = 60
    patience: int = 8
    batch: int = 64
    rate: float = 3e-3
    windows: int = 4096
    validated_frac: float = 0.2
    seed: int = 20150101


@dataclass(frozen=True, slots=True)
class Autoencoder:
    """A trained autoencoder, and how it came about.

    Attributes:
        standard: Columns in deviations.
        weights: Those of the epoch with the least loss on the newest windows.
        length: Rows of a window.
        windows: Windows that trained.
        validated: Newest windows, which chose the epoch.
        epochs: Epochs that ran.
        best_epoch: The one that was taken, from 1.
        losses: Mean squared error on the newest windows after each epoch.
        stopped: Why it stopped: `EPOCHS`, `PATIENCE` or `TIME`.
    """

    standard: Standard
    weights: Weights
    length: int
    windows: int
    validated: int
    epochs: int
    best_epoch: int
    losses: tuple[float, ...]
    stopped: str

    def score(self, windows: Float64) -> Float64:
        """Scores of windows of deviations, shape (n, length, c) to (n,): see `window_errors`."""
        some = [windows[at : at + AT_ONCE] for at in range(0, len(windows), AT_ONCE)]
        with one_thread():
            found = [window_errors(each, reconstructed(self.weights, each)) for each in some]
        return np.concatenate([np.zeros(0), *found])


def one_thread() -> threadpool_limits:
    """A context in which matrices are multiplied by one thread: the order of sums then depends on no number of them.

    These matrices are small, and threads that wait for each other on busy cores took eight times as long (measured).
    """
    return threadpool_limits(limits=1, user_api="blas")


def window_errors(windows: Float64, written: Float64) -> Float64:
    """Mean squared error of each window in squared deviations, shape (n,): how unusual its last row and its way are.

    The sum takes row after row, and column after column in each, so that another engine can add in the same order.
    Of the errors that were tried on the Tennessee Eastman process - newest row or whole window, by the usual error of
    each column or not - this one found most; see the decision record.
    """
    off = windows - written
    total = np.zeros(len(windows))
    for row in range(off.shape[1]):
        for column in range(off.shape[2]):
            total += off[:, row, column] * off[:, row, column]
    return np.asarray(total / (off.shape[1] * off.shape[2]), dtype=np.float64)


def fit_autoencoder(
    growing: Dataset,
    positions: Int32,
    distance_us: int,
    params: SequenceParams,
    is_over: IsOver = lambda: False,
    notify: Progress = lambda _what, _done, _total: None,
) -> Autoencoder:
    """An autoencoder of the windows of healthy rows; the same rows give the same weights, see the decision record.

    Args:
        growing: Healthy rows that train; rows that are left out of them break windows.
        positions: Columns that it may use, ascending.
        distance_us: Distance of two consecutive rows of a machine, microseconds.
        params: Sizes and bounds.
        is_over: Whether the time for it is over, asked after each epoch; the best epoch so far is taken then.
        notify: Takes what is being done, the epoch and how many there are at most.

    Raises:
        TooLittleDataError: No column changes, or one of the two times has no window.
        FrameError: A value is infinite.
        ModelError: The loss did not stay finite.
    """
    standard = fit_standard(growing.values, positions)
    found = windows_of(growing, standard.columns, params.length, distance_us)
    older, newest = inner_split(found, growing.scored_us, params)
    if not len(older) or not len(newest):
        raise TooLittleDataError(
            f"{len(older)} windows of {params.length} consecutive healthy rows to train, {len(newest)} newer ones to "
            f"say when to stop, each needs one at least; rows without a window: {in_words(found.unscored)}. Collect "
            "longer, or choose a shorter window"
        )
    train, check = (standard.deviations(growing.values[each.rows]) for each in (older, newest))
    with one_thread():
        return _descended(standard, train, check, params, is_over, notify)


def inner_split(found: Windows, scored_us: Int64, params: SequenceParams) -> tuple[Windows, Windows]:
    """Windows of the older time and of the newest, without a row in common; at most `params.windows` of each."""
    if not len(found):
        return found, found
    last_us, first_us = scored_us[found.last], scored_us[found.rows[:, 0]]
    boundary = np.quantile(last_us, 1.0 - params.validated_frac)
    older, newest = np.flatnonzero(last_us <= boundary), np.flatnonzero(first_us > boundary)
    return found.keep(older).thinned(params.windows), found.keep(newest).thinned(params.windows)


def in_words(unscored: Mapping[str, int]) -> str:
    """Rows without a window by reason, for people.

    >>> in_words({"a gap": 2, "other": 0}), in_words({})
    ('2 (a gap)', 'none')
    """
    return ", ".join(f"{count} ({reason})" for reason, count in unscored.items() if count) or "none"


def _descended(
    standard: Standard, train: Float64, check: Float64, params: SequenceParams, is_over: IsOver, notify: Progress
) -> Autoencoder:
    rng = np.random.default_rng(params.seed)
    flat = starting_weights(train.shape[2], params.units, rng)
    best, losses, stopped = flat.copy(), list[float](), EPOCHS
    adam, weights = Adam(flat, params.rate), weights_of(flat, train.shape[2], params.units)
    for epoch in range(params.epochs):
        notify("LSTM autoencoder", epoch + 1, params.epochs)
        for chosen in np.array_split(rng.permutation(len(train)), -(-len(train) // params.batch)):
            adam.step(loss_gradient(weights, train[chosen])[1])
        losses.append(_error(weights, check))
        if not np.isfinite(losses[-1]):
            raise ModelError(f"loss of the LSTM autoencoder is {losses[-1]} after epoch {epoch + 1}: lower its rate")
        if losses[-1] == min(losses):
            best = flat.copy()
        if epoch - int(np.argmin(losses)) >= params.patience:
            stopped = PATIENCE
            break
        if is_over():
            stopped = TIME
            break
    taken = weights_of(best, train.shape[2], params.units)
    return Autoencoder(
        standard, taken, params.length, len(train), len(check), len(losses),
        int(np.argmin(losses)) + 1, tuple(losses), stopped,
    )  # fmt: skip


def _error(weights: Weights, windows: Float64) -> float:
    some = [windows[at : at + AT_ONCE] for at in range(0, len(windows), AT_ONCE)]
    total = sum(float(np.square(reconstructed(weights, each) - each).sum()) for each in some)
    return total / windows.size
