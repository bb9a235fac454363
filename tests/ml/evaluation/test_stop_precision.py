"""A safe stop is requested only where enough alarms at its probability were followed by a failure."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from ml.evaluation.cross_fit import CrossFitted
from ml.evaluation.metrics import Proportion
from ml.evaluation.stop_precision import StopEvidence, stop_evidence
from ml.training.train import train
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_dataset, plant_frames, plant_model


@pytest.mark.parametrize(
    ("hits", "total", "is_allowed"),
    [(34, 34, False), (35, 35, True), (60, 63, False), (0, 0, False)],
    ids=["34 of 34", "35 of 35", "three false", "none"],
)
def test_the_lower_bound_decides_and_not_the_fraction(hits: int, total: int, is_allowed: bool) -> None:
    """By hand, Wilson 95 %: n of n has the lower bound n / (n + 3.8415), so 0.9 takes 34.57 alarms."""
    evidence = StopEvidence(2.0, Proportion(hits, total), 0.9)

    assert evidence.is_allowed is is_allowed
    assert evidence.allowed_margin == (2.0 if is_allowed else inf)
    assert ("maintenance is requested instead" in evidence.reason) is not is_allowed


def test_alarms_are_counted_and_not_their_rows() -> None:
    """Each failure of the plant is announced by one alarm of 10 rows; two more alarms come from nowhere."""
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)
    hours = np.full(len(rows), np.inf)
    for machine_id in np.unique(rows.machine_ids).tolist():
        mine = rows.machine_ids == machine_id
        times = np.append(rows.failures.of_machine(machine_id), np.iinfo(np.int64).max)
        hours[mine] = (times[np.searchsorted(times, rows.scored_us[mine], side="right")] - rows.scored_us[mine]) / 3.6e9
    margins = np.where(hours <= 10, 5.0, -5.0).astype(np.float32)
    quiet = np.flatnonzero((rows.machine_ids == rows.machine_ids[0]) & (hours > 100) & (hours < 1_000))
    margins[quiet[[0, 1, 2, 40]]] = 5.0

    evidence = stop_evidence(CrossFitted(rows, margins, True), 1.0, POLICY)

    assert evidence.followed == Proportion(len(rows.failures), len(rows.failures) + 2)


def test_a_plant_with_few_failures_requests_maintenance_and_no_stop() -> None:
    failure = plant_model().failure
    assert failure is not None

    assert 0 < failure.stop.followed.interval[0] < POLICY.stop_precision
    assert failure.stop.margin < inf
    assert "safe_stop" not in {each.name for each in failure.thresholds()}
    assert "maintenance" in {each.name for each in failure.thresholds()}


def test_a_plant_that_asks_for_less_precision_gets_its_stop() -> None:
    low = replace(POLICY, stop_precision=0.3, stop_probability=0.85)

    failure = train(plant_frames(), FEATURES, low, PARAMS).failure

    assert failure is not None
    assert "safe_stop" in {each.name for each in failure.thresholds()}
