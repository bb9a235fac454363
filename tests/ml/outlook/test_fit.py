"""How often the interval held: counted by hand, on times of a known law, and without a look at the future."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.wilson import wilson_interval
from ml.data.dataset import Dataset
from ml.data.healthy import maintenance_events
from ml.data.survival import FollowUp
from ml.evaluation.held_out import held_out_margins
from ml.evaluation.metrics import Proportion
from ml.evaluation.splits import rolling_origins
from ml.outlook.fit import bins_at, coverage_of
from ml.outlook.outlook import OutlookBin, Seen
from tests.support.plant_frames import FEATURES, HOUR_US, PARAMS, POLICY, plant_dataset, plant_model

NO_SERVICE = maintenance_events(np.array([], dtype=np.str_), np.array([], dtype=np.int64))


def one_bin(earliest: float | None, latest: float | None, margin_from: float | None = None) -> OutlookBin:
    return OutlookBin(margin_from, 1, 10, Proportion(0, 1), earliest, earliest, latest)


def fates(hours: NDArray[np.float64], failed: NDArray[np.bool_], margins: NDArray[np.float32] | None = None) -> Seen:
    """A row per machine at hour 0 that fails, or is cut off, after these hours."""
    names = np.array([f"m{number:05d}" for number in range(len(hours))])
    whole = plant_dataset()
    place = np.zeros(len(hours), dtype=np.int64)
    rows = Dataset(
        names,
        place,
        whole.values[place],
        whole.label[place],
        maintenance_events(names, (hours * HOUR_US).astype(np.int64)),
    )
    return Seen(rows, np.zeros(len(hours), np.float32) if margins is None else margins, FollowUp(hours, failed))


def test_coverage_is_that_of_the_hand_worked_case() -> None:
    """Interval 10 to 20 h. Of 5 observed one fails at 5; one is cut off at 11; of 3 one fails at 12, of 2 one at 20."""
    seen = fates(np.array([5.0, 11.0, 12.0, 20.0, 25.0]), np.array([True, False, True, True, True]))

    found = coverage_of([((one_bin(10.0, 20.0),), seen)])

    assert found is not None
    assert (found.rows, found.failures) == (5, 4)
    assert found.before == pytest.approx(1 / 5)
    assert found.after == pytest.approx(4 / 5 * 2 / 3 * 1 / 2)
    assert found.inside == pytest.approx(4 / 5 - 4 / 15)
    assert found.bounds == wilson_interval(found.inside * 4, 4)


def test_an_interval_whose_end_is_beyond_the_records_is_never_left() -> None:
    found = coverage_of([((one_bin(10.0, None),), fates(np.array([5.0, 10.0, 5000.0]), np.array([True] * 3)))])

    assert found is not None
    assert found.before == pytest.approx(1 / 3)
    assert found.after == 0.0


def test_where_nothing_was_claimed_nothing_is_counted() -> None:
    seen = fates(np.array([5.0, 6.0]), np.array([True, True]), np.array([-1.0, 1.0], np.float32))

    found = coverage_of([((one_bin(None, None), one_bin(1.0, 9.0, margin_from=0.0)), seen)])

    assert found is not None
    assert (found.rows, found.failures, found.inside) == (1, 1, 1.0)


def test_without_a_later_failure_coverage_is_unknown() -> None:
    assert coverage_of([]) is None
    assert coverage_of([((one_bin(1.0, 2.0),), fates(np.array([5.0]), np.array([False])))]) is None


def test_true_intervals_hold_four_times_in_five_though_half_of_the_watches_are_cut_off() -> None:
    """Two laws of decay, each with its own true interval."""
    rng = np.random.default_rng(4)
    high = rng.random(20_000) < 0.5
    scale = np.where(high, 10.0, 100.0)
    fails, cut = rng.exponential(scale), rng.exponential(scale)
    seen = fates(np.minimum(fails, cut), fails <= cut, np.where(high, 1.0, -1.0).astype(np.float32))
    low, top = -np.log(0.9), -np.log(0.1)
    bins = (one_bin(100 * low, 100 * top), one_bin(10 * low, 10 * top, margin_from=0.0))

    found = coverage_of([(bins, seen)])

    assert found is not None
    assert found.before == pytest.approx(0.1, abs=0.01)
    assert found.inside == pytest.approx(0.8, abs=0.02)


def test_what_an_origin_tells_does_not_change_when_its_future_does() -> None:
    dataset = plant_dataset()
    origin = rolling_origins(dataset, POLICY, POLICY.embargo_us(FEATURES.longest_window_s))[-1]
    origins = rolling_origins(dataset, POLICY, POLICY.embargo_us(FEATURES.longest_window_s))
    fitted = held_out_margins(dataset, origins, PARAMS.failure, POLICY).boosters[-1].fitted
    past = dataset.failures.until(origin.test_from_us)
    later = replace(dataset, failures=past, scored_us=np.minimum(dataset.scored_us, origin.test_from_us))
    other = replace(fitted, rows=replace(fitted.rows, failures=past))

    found = bins_at(origin, dataset, fitted, NO_SERVICE, POLICY)

    assert found
    assert len(past) < len(dataset.failures)
    assert found == bins_at(origin, later, other, NO_SERVICE, POLICY)


def test_a_training_brings_its_table_and_its_proof() -> None:
    failure = plant_model().failure

    assert failure is not None
    outlook = failure.outlook
    assert outlook.coverage is not None
    assert len(outlook.bins) > 3
    assert outlook.coverage.failures > 0
    assert 0.4 < outlook.coverage.inside <= 1.0
    assert outlook.bins[-1].expected_h is not None
    assert outlook.bins[-1].expected_h < 20
