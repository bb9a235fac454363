"""Bins of the margin: enough failures in each, no longer life above, every count checked by another way."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import inf

import numpy as np
import pytest

from ml.data.dataset import Dataset
from ml.data.healthy import maintenance_events
from ml.evaluation.metrics import Proportion
from ml.outlook.outlook import MINIMUM_FAILURES, OutlookBin, Seen, bin_of, outlook_bins
from ml.policy import Policy
from tests.support.plant_frames import HOUR_US, plant_dataset

POLICY = Policy()
NO_SERVICE = maintenance_events(np.array([], dtype=np.str_), np.array([], dtype=np.int64))


@lru_cache(maxsize=1)
def labelled() -> Dataset:
    return plant_dataset().keep(plant_dataset().labelled)


def seen(margins: np.ndarray, dataset: Dataset | None = None) -> Seen:
    rows = labelled() if dataset is None else dataset
    until = np.full(len(rows), rows.scored_us.max() + 24 * HOUR_US)
    return Seen.of(rows, margins.astype(np.float32), NO_SERVICE, until)


@lru_cache(maxsize=1)
def knowing() -> Seen:
    """Margins that know the time to failure, with noise."""
    hours = seen(np.zeros(len(labelled()))).follow_up.hours
    return seen(-np.log1p(hours) + np.random.default_rng(1).normal(0, 0.3, len(hours)))


def test_knots_rise_and_no_higher_bin_is_expected_to_last_longer() -> None:
    bins = outlook_bins(knowing(), POLICY)

    knots = [-inf if one.margin_from is None else one.margin_from for one in bins]
    expected = [inf if one.expected_h is None else one.expected_h for one in bins]
    assert len(bins) > 3
    assert bins[0].margin_from is None
    assert all(low < high for low, high in pairwise(knots))
    assert expected == sorted(expected, reverse=True)
    assert len(set(expected)) > 3


def test_every_row_is_in_one_bin_and_every_bin_has_its_failures() -> None:
    bins = outlook_bins(knowing(), POLICY)
    place = bin_of(bins, knowing().margins)

    assert [one.rows for one in bins] == np.bincount(place).tolist()
    for number, one in enumerate(bins):
        mine = knowing().keep(place == number)
        following = {
            (machine, min(at for at in labelled().failures.of_machine(machine) if at > time))
            for machine, time, failed in zip(
                mine.rows.machine_ids, mine.rows.scored_us, mine.follow_up.failed, strict=True
            )
            if failed
        }  # fmt: skip
        assert one.failures == len(following) >= MINIMUM_FAILURES


def test_margins_that_know_nothing_are_merged_until_the_order_holds() -> None:
    margins = np.random.default_rng(2).normal(size=len(labelled()))

    bins = outlook_bins(seen(margins), POLICY)

    expected = [inf if one.expected_h is None else one.expected_h for one in bins]
    assert expected == sorted(expected, reverse=True)
    assert max(expected) < 1.3 * min(expected)


def test_margins_that_point_the_wrong_way_end_in_one_bin() -> None:
    (only,) = outlook_bins(seen(-knowing().margins), POLICY)

    assert (only.margin_from, only.rows) == (None, len(labelled()))


def test_equal_margins_are_one_bin() -> None:
    (only,) = outlook_bins(seen(np.zeros(len(labelled()))), POLICY)

    assert only.rows == len(labelled())


def test_fewer_than_ten_failures_are_no_table() -> None:
    machines = np.unique(labelled().machine_ids)[:2]
    few = labelled().keep(np.isin(labelled().machine_ids, machines))

    assert 0 < len(seen(np.zeros(len(few)), few).failures()) < MINIMUM_FAILURES
    assert outlook_bins(seen(np.arange(len(few)), few), POLICY) == ()


def test_no_row_is_no_table() -> None:
    nothing = labelled().keep(np.zeros(len(labelled()), dtype=np.bool_))

    assert outlook_bins(Seen.of(nothing, np.array([], np.float32), NO_SERVICE, nothing.scored_us), POLICY) == ()


@pytest.mark.parametrize(
    ("episodes", "confidence"),
    [(Proportion(0, 0), 0.0), (Proportion(6, 7), 0.513), (Proportion(0, 300), 0.987), (Proportion(10, 20), 0.598)],
)
def test_confidence_is_one_less_the_width_of_the_wilson_interval(episodes: Proportion, confidence: float) -> None:
    assert OutlookBin(None, 1, 1, episodes, None, None, None).confidence_frac == pytest.approx(confidence, abs=1e-3)


def test_episodes_are_openings_a_horizon_apart_and_each_failure_counts_once_in_a_bin() -> None:
    bins = outlook_bins(knowing(), POLICY)
    place = bin_of(bins, knowing().margins)

    for number, one in enumerate(bins):
        opened, followed = counted_plainly(knowing().keep(place == number).rows)
        assert (one.episodes.total, one.episodes.hits) == (opened, len(followed))
        assert len(set(followed)) == len(followed)
        assert one.episodes.total < one.rows


def counted_plainly(rows: Dataset) -> tuple[int, list[tuple[str, int]]]:
    """Openings, and the failures that followed within a horizon, row by row."""
    last: dict[str, int] = {}
    opened, followed = 0, []
    for machine, at in zip(rows.machine_ids.tolist(), rows.scored_us.tolist(), strict=True):
        if at - last.get(machine, -POLICY.horizon_us) >= POLICY.horizon_us:
            last[machine] = at
            opened += 1
            times = rows.failures.of_machine(machine).tolist()
            followed += [(machine, time) for time in times if at < time <= at + POLICY.horizon_us][:1]
    return opened, followed
