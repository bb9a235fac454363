"""Windows by hand: what a row's window holds, and why a row has none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ml.data.dataset import Dataset
from ml.data.failure_events import NO_EVENTS
from ml.errors import FrameError
from ml.sequence.windows import BEGIN, GAP, MISSING, Windows, windows_of

HOUR_US = 3_600_000_000
TWO = np.array([0, 1], dtype=np.int32)


def rows_at(hours: Sequence[float], machines: Sequence[str]) -> Dataset:
    """Rows in this order whose two values are their place."""
    places = np.arange(len(hours), dtype=np.float64)
    return Dataset(
        machine_ids=np.array(machines),
        scored_us=(np.array(hours) * HOUR_US).astype(np.int64),
        values=np.stack([places, places], axis=1),
        label=np.zeros(len(hours), dtype=np.int8),
        failures=NO_EVENTS,
    )


def of_three(rows: Dataset) -> Windows:
    return windows_of(rows, TWO, 3, HOUR_US)


def test_a_window_holds_the_rows_of_its_machine_oldest_first() -> None:
    rows = rows_at([0, 0, 1, 1, 2, 2, 3], ["a", "b", "a", "b", "a", "b", "a"])

    found = of_three(rows)

    assert found.rows.tolist() == [[0, 2, 4], [1, 3, 5], [2, 4, 6]]
    assert found.last.tolist() == [4, 5, 6]
    assert found.unscored == {BEGIN: 4, GAP: 0, MISSING: 0}


def test_a_gap_breaks_windows_until_there_are_rows_enough_behind_it() -> None:
    rows = rows_at([0, 1, 2, 4, 5, 6], ["a"] * 6)

    found = of_three(rows)

    assert found.last.tolist() == [2, 5]
    assert found.unscored == {BEGIN: 2, GAP: 2, MISSING: 0}


def test_a_missing_value_leaves_the_rows_without_a_score_whose_window_has_it() -> None:
    rows = rows_at(range(7), ["a"] * 7)
    rows.values[3, 1] = np.nan

    found = of_three(rows)

    assert found.last.tolist() == [2, 6]
    assert found.unscored == {BEGIN: 2, GAP: 0, MISSING: 3}
    assert len(found) + sum(found.unscored.values()) == len(rows)


def test_the_reasons_of_some_rows_are_theirs_alone_in_whatever_order_the_rows_are() -> None:
    rows = rows_at([5, 0, 4, 1, 2], ["a"] * 5)

    found = of_three(rows)

    assert found.last.tolist() == [4]
    assert found.unscored_among(rows.scored_us >= 4 * HOUR_US) == {BEGIN: 0, GAP: 2, MISSING: 0}
    assert found.unscored_among(rows.scored_us < 4 * HOUR_US) == {BEGIN: 2, GAP: 0, MISSING: 0}


def test_a_missing_value_of_another_column_is_no_trouble() -> None:
    rows = rows_at(range(4), ["a"] * 4)
    rows.values[3, 1] = np.nan

    assert windows_of(rows, TWO[:1], 3, HOUR_US).last.tolist() == [2, 3]


def test_rows_denser_than_their_distance_are_no_sequence() -> None:
    rows = rows_at([0, 0.25, 0.5, 0.75], ["a"] * 4)

    assert of_three(rows).unscored == {BEGIN: 2, GAP: 2, MISSING: 0}


@pytest.mark.parametrize("count", [0, 1, 2], ids=str)
def test_few_rows_have_none(count: int) -> None:
    assert len(of_three(rows_at(range(count), ["a"] * count))) == 0


def test_thinned_windows_are_of_all_times() -> None:
    found = of_three(rows_at(range(102), ["a"] * 102))

    thinned = found.thinned(3)

    assert thinned.last.tolist() == [2, 51, 101]
    assert found.thinned(100) is found


def test_an_infinite_value_is_refused_by_its_place() -> None:
    rows = rows_at(range(4), ["a"] * 4)
    rows.values[2, 1] = -np.inf

    with pytest.raises(FrameError, match="row 2, column 1 of the rows of a sequence is -inf"):
        of_three(rows)


def test_a_window_of_one_row_is_no_sequence() -> None:
    with pytest.raises(FrameError, match="windows of 1 rows; legal: 2 or more"):
        windows_of(rows_at(range(4), ["a"] * 4), TWO, 1, HOUR_US)
