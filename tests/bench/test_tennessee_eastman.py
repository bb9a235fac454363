"""The residual model on a published process: what is asked of it, beside the forest; and lags by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.tennessee_eastman import AIMS, DATA, LAGS, LSTM, MOST_FALSE, int8_loss, lagged, measure


def test_a_row_has_its_lags_beside_it_and_the_first_rows_have_none() -> None:
    rows = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])

    assert lagged(rows, 0).tolist() == rows.tolist()
    assert lagged(rows, 2).tolist() == [[3, 30, 2, 20, 1, 10]]


def test_it_finds_the_faults_that_break_a_relation_and_the_forest_does_not() -> None:
    if not DATA.exists():
        pytest.skip("the Tennessee Eastman set ../shared/data/tennessee_eastman is not on this machine")

    results = measure(DATA)

    residual = next(each for name, each in results.items() if f"{LAGS} lags" in name and "T2 or Q" in name)
    forest = results["isolation forest"]
    for result in results.values():
        assert result.false_chosen[0] <= MOST_FALSE * result.false_chosen[1]
        assert {rows for _, rows in result.found.values()} == {800}
    assert residual.false_later[0] <= MOST_FALSE * residual.false_later[1]
    for fault, aim in AIMS.items():
        assert residual.found[fault][0] >= aim * 800, fault
    sequence = next(each for name, each in results.items() if name.startswith(LSTM))
    assert sequence.found[4][0] > 0.9 * 800
    assert sum(rows for rows, _ in sequence.found.values()) < sum(rows for rows, _ in residual.found.values())
    loss = int8_loss(results)
    assert loss.is_legal
    assert (loss.rows, loss.tested) == (8 * (160 - LAGS), 8 * 800)
    assert max(forest.found[4][0], forest.found[11][0]) < 0.1 * 800
