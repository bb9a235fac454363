"""Positives predicted by observed, with the interval of the failures that they come from."""

from __future__ import annotations

import numpy as np
import pytest

from expectations.chance_intervals import poisson_interval
from ml.evaluation.block_frequency import BlockFrequency
from ml.evaluation.metrics import brier_skill
from tests.support.plant_frames import plant_model


def test_each_block_counts_its_rows_and_the_failures_that_followed_them() -> None:
    failure = plant_model().failure
    assert failure is not None
    found = failure.evaluation
    rows, block = found.held_out.rows, found.held_out.block

    for number, each in enumerate(found.blocks):
        mine = (block == number) & (rows.label >= 0)
        followed = {
            (machine, int(failed))
            for machine, at in zip(
                rows.machine_ids[mine & (rows.label == 1)], rows.scored_us[mine & (rows.label == 1)], strict=True
            )
            for failed in rows.failures.of_machine(machine)
            if failed == min(one for one in rows.failures.of_machine(machine) if one > at)
        }
        assert (each.rows, each.observed) == (mine.sum(), (rows.label[mine] == 1).sum())
        assert each.failures == len(followed)


def test_the_interval_holds_the_ratio_and_narrows_with_failures() -> None:
    few, many = (BlockFrequency(1_000, 120.0, 100, 30, failures).interval for failures in (4, 60))

    assert few is not None
    assert many is not None
    assert few[0] < many[0] < 1.2 < many[1] < few[1]


def test_a_block_without_failures_has_neither_ratio_nor_interval() -> None:
    empty = BlockFrequency(1_000, 3.9, 0, 83, 0)

    assert (empty.ratio, empty.interval) == (None, None)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.390)])
def test_the_interval_of_a_count_is_that_of_published_tables(count: int, low: float, high: float) -> None:
    """Values of Garwood's exact limits, as tables of Poisson limits give them."""
    assert poisson_interval(count) == pytest.approx((low, high), abs=5e-4)


def test_skill_is_zero_at_the_base_rate_and_unknown_without_both_classes() -> None:
    label = np.array([0, 0, 0, 1], np.int8)

    assert brier_skill(label, np.full(4, 0.25)) == pytest.approx(0.0)
    assert brier_skill(label[:3], np.zeros(3)) is None
