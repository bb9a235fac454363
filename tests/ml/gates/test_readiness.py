"""Readiness: which model the data can carry, in words."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import NO_LABEL, Dataset, build_dataset
from ml.gates.failure_gate import Verdict
from ml.gates.readiness import Readiness, assess_readiness
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


def without_labels(dataset: Dataset, machine: str, hours: range) -> Dataset:
    """The same rows, but the labels of some hours of one machine are not known."""
    passed = (dataset.scored_us - dataset.scored_us.min()) // HOUR_US
    hole = (dataset.machine_ids == machine) & np.isin(passed, hours)
    return replace(dataset, label=np.where(hole, NO_LABEL, dataset.label).astype(np.int8))


def test_a_hole_in_the_labels_is_told_though_every_row_is_there() -> None:
    dataset = plant_dataset()

    whole, found = readiness(dataset), readiness(without_labels(dataset, "machine-2", range(100, 150)))

    assert (whole.longest_unlabelled_hours, found.longest_unlabelled_hours) == (0.0, 50.0)
    assert found.longest_gap_hours == whole.longest_gap_hours == 1.0


def test_the_hole_of_a_machine_whose_labels_end_early_ends_where_none_can_be_known_yet() -> None:
    dataset = plant_dataset()
    last = 60 * 24 - 24

    found = readiness(without_labels(dataset, "machine-2", range(last - 30, 10**5)))

    assert found.longest_unlabelled_hours == 30.0


@pytest.mark.parametrize(("hours", "verdict"), [(240, Verdict.PASS), (241, Verdict.WARN)], ids=["ten days", "longer"])
def test_a_hole_longer_than_a_held_out_block_is_warned_of(hours: int, verdict: Verdict) -> None:
    found = readiness(without_labels(plant_dataset(), "machine-2", range(100, 100 + hours)))

    (check,) = (each for each in found.table if each.name == "longest_hours_without_a_label")
    assert (check.value, check.limit, check.verdict) == (hours, 240, verdict)


def test_table_holds_what_was_found_and_what_is_asked() -> None:
    found = readiness(plant_dataset().keep(plant_dataset().machine_ids == "machine-0"))

    asked = {check.name: f"{check.value:.4g} {check.relation} {check.limit:.4g}" for check in found.table}
    verdicts = {check.name: check.verdict.value for check in found.table}
    assert asked == {
        "failures_to_learn_from_and_test_on": f"{found.failures} >= 11",
        "failures_to_compare_models_by": f"{found.failures} >= 56",
        "months": f"{found.months:.4g} >= 0.08214",
        "longest_hours_without_a_row": "1 <= 240",
        "longest_hours_without_a_label": "0 <= 240",
        "healthy_rows": "1440 >= 500",
        "healthy_rows_to_choose_a_threshold_by": "287 >= 731",
    }
    assert verdicts == {
        "failures_to_learn_from_and_test_on": "INSUFFICIENT_DATA",
        "failures_to_compare_models_by": "WARN",
        "months": "PASS",
        "longest_hours_without_a_row": "PASS",
        "longest_hours_without_a_label": "PASS",
        "healthy_rows": "PASS",
        "healthy_rows_to_choose_a_threshold_by": "INSUFFICIENT_DATA",
    }
    assert found.anomaly_model is Verdict.INSUFFICIENT_DATA


def test_too_few_rows_for_the_budget_are_said_with_what_would_change_it() -> None:
    alone = plant_dataset().keep(plant_dataset().machine_ids == "machine-0")

    found = readiness(alone)

    text = (
        "287 of the 731 healthy rows that choosing a threshold within a budget of 12 alarms a machine-year needs; "
        "collect longer, score less often (score_every in [plant] of the profile), or raise the budget to 31 "
        "(alarms_per_machine_year in [anomaly])"
    )
    assert found.table[-1].text == text
    assert found.reasons[1] == f"1,440 healthy rows; {text}."
    raised = replace(POLICY, anomaly_alarms_per_machine_year=31.0)
    assert (
        assess_readiness(alone, np.ones(len(alone), dtype=np.bool_), raised, EMBARGO_US).anomaly_model is Verdict.PASS
    )


def test_a_rig_that_scores_each_second_is_told_in_rows_and_minutes() -> None:
    rig = replace(POLICY, score_every_s=1)

    found = assess_readiness(plant_dataset(), np.ones(len(plant_dataset()), dtype=np.bool_), rig, 60_000_000)

    texts = {check.name: check.text for check in found.table}
    assert "of the 2.6 million healthy rows that choosing a threshold" in texts["healthy_rows_to_choose_a_threshold_by"]
    assert texts["months"].endswith("at least 2.0 min needed: two embargoes of 1.0 min (horizon and longest look-back)")
    assert re.search(r"\de-\d", " ".join(texts.values())) is None


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
