"""Readiness: which model the data can carry, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.dataset import NO_LABEL, Dataset, build_dataset
from ml.gates import Verdict
from ml.readiness import Readiness, assess_readiness
from tests.support.plant_frames import FEATURES, HOUR_US, POLICY, plant_dataset, plant_frames

EMBARGO_US = POLICY.embargo_us(FEATURES.longest_window_s)


def readiness(dataset: Dataset) -> Readiness:
    return assess_readiness(dataset, np.ones(len(dataset), dtype=np.bool_), POLICY, EMBARGO_US)


def test_plant_without_failures_carries_an_isolation_forest_only() -> None:
    found = readiness(build_dataset(plant_frames(failing=False), FEATURES, POLICY))

    assert found.failure_model is Verdict.INSUFFICIENT_DATA
    assert found.anomaly_model is Verdict.PASS
    assert "Isolation Forest only" in found.reasons[0]
    assert found.reasons[0].startswith("No failure is on record for a machine that has feature rows")


def test_failures_whose_windows_hold_no_label_are_on_record_all_the_same() -> None:
    dataset = plant_dataset()

    found = readiness(replace(dataset, label=np.full(len(dataset), NO_LABEL, dtype=np.int8)))

    assert (found.failures, found.failure_model) == (0, Verdict.INSUFFICIENT_DATA)
    assert found.reasons[0].startswith(
        f"0 of {len(dataset.failures)} failures on record have a labelled row in the 24h"
    )
    assert "No failure is on record" not in found.reasons[0]


@pytest.mark.parametrize(
    ("failures", "verdict"),
    [(10, Verdict.INSUFFICIENT_DATA), (11, Verdict.WARN)],
    ids=["one too few", "just enough"],
)
def test_failures_needed_are_those_to_learn_from_and_those_to_test_on(failures: int, verdict: Verdict) -> None:
    dataset = plant_dataset()
    last_us = int(np.sort(dataset.failures.failed_us)[failures - 1])

    found = readiness(replace(dataset, failures=dataset.failures.until(last_us)))

    assert (found.failures, found.failure_model) == (failures, verdict)


def test_enough_failures_to_compare_give_a_pass() -> None:
    policy = replace(POLICY, paired_failures=10)
    dataset = plant_dataset()

    found = assess_readiness(dataset, np.ones(len(dataset), dtype=np.bool_), policy, EMBARGO_US)

    assert found.failure_model is Verdict.PASS


def test_longest_gap_of_any_machine_is_told() -> None:
    dataset = plant_dataset()
    start_us = dataset.scored_us.min()
    silent = (dataset.machine_ids == "machine-2") & (dataset.scored_us > start_us + 100 * HOUR_US)
    silent &= dataset.scored_us <= start_us + 150 * HOUR_US

    assert readiness(dataset).longest_gap_hours == 1.0
    assert readiness(dataset.keep(~silent)).longest_gap_hours == 51.0


def test_failure_on_a_machine_without_rows_does_not_count() -> None:
    dataset = plant_dataset()
    alone = dataset.keep(dataset.machine_ids == "machine-0")

    found = readiness(alone)

    assert (found.machines, found.machines_failed) == (1, 1)
    assert found.failures < len(dataset.failures)


def test_no_row_is_an_answer_and_not_a_crash() -> None:
    dataset = plant_dataset()

    found = readiness(dataset.keep(np.zeros(len(dataset), dtype=np.bool_)))

    assert (found.rows, found.labelled_share, found.months) == (0, 0.0, 0.0)
    assert found.anomaly_model is Verdict.INSUFFICIENT_DATA


def test_records_without_room_for_the_embargo_say_so() -> None:
    dataset = plant_dataset()
    everything = np.ones(len(dataset), dtype=np.bool_)

    found = assess_readiness(dataset, everything, POLICY, embargo_us=90 * 24 * HOUR_US)

    assert found.failure_model is Verdict.INSUFFICIENT_DATA
    assert found.anomaly_model is Verdict.INSUFFICIENT_DATA
    assert all("collect longer" in reason for reason in found.reasons)
