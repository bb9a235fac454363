"""Windows laid out as rows, by hand: what is disturbed in one is disturbed in all its rows."""

from __future__ import annotations

import numpy as np

from ml.data.dataset import Dataset
from ml.data.failure_events import NO_EVENTS
from ml.data.metric_columns import MetricColumns
from ml.evaluation.disturbances import shifted, stuck
from ml.second_stage.windowed import first_of_each, windowed, windowed_metrics
from ml.sequence.windows import windows_of

HOUR_US = 3_600_000_000
COLUMNS = np.array([0, 2], dtype=np.int32)
HEAT = MetricColumns("heat", np.array([0, 1]), np.array([2]))
NOISE = MetricColumns("noise", np.array([1]), np.array([], dtype=np.int64))


def four_rows() -> Dataset:
    values = np.array([[10.0, 11.0, 1.0], [20.0, 21.0, 2.0], [30.0, 31.0, 3.0], [40.0, 41.0, 4.0]])
    times = np.arange(4, dtype=np.int64) * HOUR_US
    return Dataset(np.full(4, "m"), times, values, np.zeros(4, dtype=np.int8), NO_EVENTS)


def test_a_row_has_the_columns_of_its_window_the_newest_first() -> None:
    rows = four_rows()

    found = windowed(rows, windows_of(rows, COLUMNS, 3, HOUR_US), COLUMNS)

    assert found.values.tolist() == [[30, 3, 20, 2, 10, 1], [40, 4, 30, 3, 20, 2]]
    assert found.scored_us.tolist() == [2 * HOUR_US, 3 * HOUR_US]
    assert windowed(rows, windows_of(rows, COLUMNS, 5, HOUR_US), COLUMNS).values.shape == (0, 10)


def test_a_disturbance_is_in_every_row_of_the_window() -> None:
    rows = four_rows()
    flat = windowed(rows, windows_of(rows, COLUMNS, 3, HOUR_US), COLUMNS).values
    (heat,) = windowed_metrics((HEAT, NOISE), COLUMNS, 3)

    assert (heat.levels.tolist(), heat.changes.tolist()) == ([0, 2, 4], [1, 3, 5])
    assert shifted(flat, heat, 5.0)[0].tolist() == [35, 3, 25, 2, 15, 1]
    assert stuck(flat, heat)[1].tolist() == [30, 0, 30, 0, 30, 0]


def test_the_first_rows_of_each_machine_are_taken() -> None:
    rows = four_rows()
    two = Dataset(np.array(["a", "b", "a", "a"]), rows.scored_us, rows.values, rows.label, NO_EVENTS)

    assert first_of_each(two, 4).tolist() == [True, True, True, False]
    assert first_of_each(two, 100).all()
