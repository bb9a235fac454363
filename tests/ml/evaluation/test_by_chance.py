"""Alarms against failures shifted in time: time in alarm is what chance catches."""

from __future__ import annotations

import numpy as np
import pytest

from ml.evaluation.by_chance import against_chance, shifted
from tests.support.plant_frames import HOUR_US, POLICY, plant_dataset, plant_model


def test_shifted_failures_are_as_many_and_as_far_apart_round_the_machines_time() -> None:
    rows = plant_dataset()
    first = int(rows.scored_us.min())
    span = int(np.ptp(rows.scored_us)) + 1

    moved = shifted(rows, 0.25)

    mine = rows.failures.of_machine("machine-0")
    expected = sorted(first + (at - first + int(0.25 * span)) % span for at in mine.tolist())
    assert moved.of_machine("machine-0").tolist() == expected
    assert len(moved) == len(rows.failures)
    assert shifted(rows, 0.0).failed_us.tolist() == rows.failures.failed_us.tolist()


def test_alarms_at_random_are_no_better_than_chance_and_alarms_before_failures_are() -> None:
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)
    random = np.random.default_rng(3).random(len(rows)) < 0.02

    blind, seeing = (against_chance(rows, flags, POLICY) for flags in (random, rows.label == 1))

    assert not blind.is_better
    assert blind.recall.value == pytest.approx(blind.expected, abs=0.25)
    assert seeing.is_better
    assert seeing.recall.value == 1.0


def test_chance_catches_as_much_as_the_fraction_of_time_in_alarm() -> None:
    """An alarm for the first 30 of 60 days catches half of failures at any time, and those a day after its end."""
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)
    half = np.asarray(rows.scored_us < rows.scored_us.min() + 30 * 24 * HOUR_US)

    found = against_chance(rows, half, POLICY)

    assert found.expected == pytest.approx(31 / 59, abs=0.06)
    assert not found.is_better


def test_the_gate_says_what_the_forest_and_both_together_do() -> None:
    gate = plant_model().gate
    assert gate is not None

    checks = {each.name: each for each in gate.checks}

    assert {"forest_recall_against_chance", "union_false_alarms_per_machine_year"} <= set(checks)
    assert "failures shifted in time give" in checks["forest_recall_against_chance"].text
    assert "the failure model alone:" in checks["union_false_alarms_per_machine_year"].text
