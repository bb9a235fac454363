"""The anomaly model: healthy rows only, evaluated later, within the budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.candidates.anomaly_model import AnomalyModel, budget_threshold, train_anomaly_model
from ml.data.dataset import Dataset
from ml.data.failure_events import FailureEvents
from ml.data.healthy import HealthyRows, healthy_rows, healthy_split, maintenance_events, near_events
from ml.errors import TooLittleDataError
from ml.evaluation.held_out import episode_evaluator
from ml.models.forest import forest_bytes, path_lengths
from tests.support.plant_frames import FEATURES, HOUR_US, PARAMS, POLICY, plant_dataset

EMBARGO_US = POLICY.embargo_us(FEATURES.longest_window_s)
NO_MAINTENANCE = maintenance_events(np.array([], dtype=np.str_), np.array([], dtype=np.int64))


def trained(dataset: Dataset, healthy: HealthyRows) -> AnomalyModel:
    positions = FEATURES.indices(telemetry=True)
    split = healthy_split(dataset, healthy, EMBARGO_US)
    return train_anomaly_model(dataset, split, positions, POLICY, PARAMS.anomaly)


def every_day_maintenance(dataset: Dataset) -> FailureEvents:
    machines = np.unique(dataset.machine_ids)
    days = np.arange(dataset.scored_us.min(), dataset.scored_us.max(), 24 * HOUR_US)
    return maintenance_events(np.repeat(machines, len(days)), np.tile(days, len(machines)))


def test_healthy_rows_keep_their_distance_on_both_sides() -> None:
    dataset = plant_dataset()
    week_us = POLICY.healthy_margin_days * 24 * HOUR_US
    policy = replace(POLICY, minimum_healthy_rows=1)

    healthy = healthy_rows(dataset, NO_MAINTENANCE, policy)

    for machine, failed in zip(dataset.failures.machine_ids, dataset.failures.failed_us, strict=True):
        mine = healthy.mask & (dataset.machine_ids == machine)
        assert np.abs(dataset.scored_us[mine] - failed).min(initial=2 * week_us) > week_us


def test_rule_gives_way_where_maintenance_leaves_no_healthy_row() -> None:
    dataset = plant_dataset()
    policy = replace(POLICY, minimum_healthy_rows=1)

    healthy = healthy_rows(dataset, every_day_maintenance(dataset), policy)

    assert healthy.rule == "more than 7 d from any failure"
    assert healthy.mask.any()


def test_last_rule_still_leaves_out_the_warning_windows() -> None:
    dataset = plant_dataset()
    policy = replace(POLICY, minimum_healthy_rows=10**9)

    healthy = healthy_rows(dataset, NO_MAINTENANCE, policy)

    assert not (healthy.mask & (dataset.label == 1)).any()


def test_maintenance_in_any_order_gives_the_same_rows() -> None:
    dataset = plant_dataset()
    events = every_day_maintenance(dataset)
    back = maintenance_events(events.machine_ids[::-1], events.failed_us[::-1])

    assert np.array_equal(near_events(dataset, events, HOUR_US), near_events(dataset, back, HOUR_US))


def test_two_trainings_give_the_same_bytes() -> None:
    dataset = plant_dataset()
    healthy = healthy_rows(dataset, NO_MAINTENANCE, POLICY)

    one, two = (forest_bytes(trained(dataset, healthy).forest) for _ in range(2))

    assert one == two


def test_trees_do_not_see_unhealthy_or_later_rows() -> None:
    dataset = plant_dataset()
    healthy = healthy_rows(dataset, NO_MAINTENANCE, POLICY)
    model = trained(dataset, healthy)
    unseen = ~healthy.mask | (dataset.scored_us > model.trained_until_us)
    changed = replace(dataset, values=np.where(unseen[:, None], 1e6, dataset.values))

    again = trained(changed, healthy)

    assert forest_bytes(again.forest) == forest_bytes(model.forest)


def test_threshold_keeps_the_budget_on_the_rows_that_choose_it_and_the_next_one_would_not() -> None:
    dataset = plant_dataset()
    model = trained(dataset, healthy_rows(dataset, NO_MAINTENANCE, POLICY))
    lengths = path_lengths(model.forest, dataset.matrix)
    policy = replace(POLICY, anomaly_alarms_per_machine_year=60.0)

    threshold, rate = budget_threshold(dataset, lengths, policy)

    evaluator = episode_evaluator(dataset, policy)
    beyond = evaluator.evaluate(lengths < lengths[lengths > threshold].min() + 1.0)
    assert 0 < rate <= 60.0
    assert rate == evaluator.evaluate(lengths < threshold).calls_per_machine_year
    assert beyond.calls_per_machine_year > 60.0


def test_threshold_does_not_see_the_rows_that_judge_it() -> None:
    dataset = plant_dataset()
    healthy = healthy_rows(dataset, NO_MAINTENANCE, POLICY)
    model = trained(dataset, healthy)
    later = dataset.scored_us >= model.tested_from_us
    wild = replace(dataset, values=np.where(later[:, None], 1e6, dataset.values))

    again = trained(wild, healthy)

    assert (again.threshold, again.choosing_alarms_per_machine_year) == (
        model.threshold,
        model.choosing_alarms_per_machine_year,
    )
    assert model.choosing_alarms_per_machine_year <= POLICY.anomaly_alarms_per_machine_year
    assert again.tested.calls_per_machine_year > 10 * POLICY.anomaly_alarms_per_machine_year


def test_judgement_is_of_the_healthy_rows_of_the_last_block_alone() -> None:
    dataset = plant_dataset()
    healthy = healthy_rows(dataset, NO_MAINTENANCE, POLICY)
    model = trained(dataset, healthy)
    rows = dataset.keep(healthy.mask & (dataset.scored_us >= model.tested_from_us))

    found = episode_evaluator(rows, POLICY).evaluate(path_lengths(model.forest, rows.matrix) < model.threshold)

    assert (model.tested_rows, model.tested.counts) == (len(rows), found.counts)
    assert model.tested.machine_years == found.machine_years > 0


def test_between_any_two_blocks_lies_an_embargo() -> None:
    dataset = plant_dataset()

    split = healthy_split(dataset, healthy_rows(dataset, NO_MAINTENANCE, POLICY), EMBARGO_US)

    times = [dataset.scored_us[mask] for mask in (split.growing, split.choosing, split.testing)]
    assert [len(block) > 0 for block in times] == [True, True, True]
    assert times[1].min() - times[0].max() >= EMBARGO_US
    assert times[2].min() - times[1].max() >= EMBARGO_US
    assert split.rows == sum(map(len, times))


def test_larger_budget_never_lowers_the_threshold() -> None:
    dataset = plant_dataset()
    model = trained(dataset, healthy_rows(dataset, NO_MAINTENANCE, POLICY))
    lengths = path_lengths(model.forest, dataset.matrix)

    limits = [
        budget_threshold(dataset, lengths, replace(POLICY, anomaly_alarms_per_machine_year=budget))[0]
        for budget in (1.0, 10.0, 100.0)
    ]

    assert limits == sorted(limits)
    assert limits[0] < limits[-1]


def test_no_healthy_row_is_refused() -> None:
    dataset = plant_dataset()
    nobody = HealthyRows(np.zeros(len(dataset), dtype=np.bool_), "none")

    with pytest.raises(TooLittleDataError, match="0 healthy rows to grow trees"):
        trained(dataset, nobody)


def test_records_shorter_than_the_embargo_are_refused() -> None:
    dataset = plant_dataset()
    first_day = dataset.scored_us < dataset.scored_us.min() + 24 * HOUR_US

    with pytest.raises(TooLittleDataError, match="collect longer"):
        trained(dataset, HealthyRows(first_day, "first day"))
