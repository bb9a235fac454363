"""One rank for several scores: worked out by hand."""

from __future__ import annotations

import numpy as np

from ml.data.dataset import Mask
from ml.evaluation.common_rank import any_reached, common_rank_thresholds

ONE = np.array([9.0, 8.0, 7.0, 1.0, 2.0, 3.0])
OTHER = np.array([10.0, 20.0, 30.0, 60.0, 50.0, 40.0])


def test_one_score_has_the_threshold_of_its_rank() -> None:
    assert common_rank_thresholds([ONE], lambda flags: int(flags.sum()) <= 2) == (8.0,)


def test_two_scores_have_one_rank_and_both_count() -> None:
    # At rank 2 rows 0, 1 of the one and 3, 4 of the other: four alarms.
    thresholds = common_rank_thresholds([ONE, OTHER], lambda flags: int(flags.sum()) <= 4)

    assert thresholds == (8.0, 50.0)
    assert any_reached([ONE, OTHER], thresholds).tolist() == [True, True, False, True, True, False]


def test_two_scores_that_agree_take_no_more_than_one() -> None:
    assert common_rank_thresholds([ONE, 3 * ONE], lambda flags: int(flags.sum()) <= 2) == (8.0, 24.0)


def test_where_nothing_is_allowed_no_row_alarms() -> None:
    def nothing(flags: Mask) -> bool:
        return not flags.any()

    thresholds = common_rank_thresholds([ONE, OTHER], nothing)

    assert thresholds == (np.nextafter(9.0, 10.0), np.nextafter(60.0, 61.0))
    assert not any_reached([ONE, OTHER], thresholds).any()


def test_rows_without_a_score_are_no_alarms_and_end_the_search() -> None:
    scored = np.array([9.0, np.nan, 7.0, -np.inf, np.nan, np.nan])

    thresholds = common_rank_thresholds([scored, OTHER], lambda _: True)

    assert thresholds == (7.0, 50.0)
    assert any_reached([scored], thresholds[:1]).tolist() == [True, False, True, False, False, False]
