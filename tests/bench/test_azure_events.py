"""Features and labels of the bench by hand, and its figures on the real events."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bench.azure_events import column, label_of, measure
from expectations.features import features_of
from expectations.plant.file import load_profile
from tests.support.azure_frames import AZURE, need_azure

WHOLE = "all machines take a minute of processor time: set FULL_SUITE; forty are tried always"
HOUR = 3_600_000_000
AT = np.arange(1, 40) * HOUR
EVENTS = {("7", "error"): {"error1": np.array([5, 10]) * HOUR}}


def value(name: str, hour: int) -> float:
    (feature,) = (each for each in features_of(load_profile("azure_pdm")) if each.name == name)
    return float(column(feature, {"machineID": "7", "age": "3", "model": "model2"}, EVENTS, AT)[hour - 1])


def test_an_event_counts_from_the_row_after_it_until_its_window_is_over() -> None:
    assert [value("error_error1_24h_count", hour) for hour in (5, 6, 10, 11, 29, 30, 34, 35)] == [
        0,
        1,
        1,
        2,
        2,
        1,
        1,
        0,
    ]
    assert np.isnan(value("since_error_error1_h", 5))
    assert [value("since_error_error1_h", hour) for hour in (6, 10, 11)] == [1, 5, 1]
    assert (value("age_years", 1), value("is_machine_model_model2", 1)) == (3, 1)


def test_a_row_at_the_failure_is_down_and_the_last_day_has_no_label() -> None:
    label = label_of(np.array([20]) * HOUR, np.arange(0, 100) * HOUR, 10 * HOUR)

    assert label[[9, 10, 19, 20, 29, 30, 89, 90]].tolist() == [0, 1, 1, -1, -1, 0, 0, -1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("machines", "failures", "least"),
    [(40, 91, 90), pytest.param(100, 226, 224, marks=pytest.mark.skipif("FULL_SUITE" not in os.environ, reason=WHOLE))],
)
def test_the_policys_threshold_catches_nearly_all_with_few_false_alarms(
    machines: int, failures: int, least: int
) -> None:
    need_azure()

    result = measure(Path(AZURE), machines)

    found = result.outcomes["policy"]
    assert (found.recall.total, found.recall.hits >= least) == (failures, True)
    assert found.false_alarms_per_machine_year <= 1.2
    assert 0.7 <= result.predicted / result.observed <= 1.4
    assert result.outcomes["cost formula"].false_alarms_per_machine_year > 5
