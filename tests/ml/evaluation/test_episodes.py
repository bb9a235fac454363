"""Episodes: what a technician would live through, and what random alarms are worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.plant.plant_profile import Costs
from ml.data.dataset import Dataset, Mask
from ml.data.failure_events import failure_events
from ml.evaluation.episodes import EpisodeEvaluator, episode_starts, event_cost
from tests.support.plant_frames import HOUR_US, plant_dataset

HORIZON_US = 24 * HOUR_US


def one_machine(hours: int, failed_at_hours: list[int]) -> Dataset:
    """Hourly rows of one machine from hour 0 on."""
    failures = pd.DataFrame(
        {
            "machine_id": "m",
            "failed_at": pd.to_datetime(failed_at_hours, unit="h", utc=True),
            "code": "seal",
        }
    )
    return Dataset(
        np.full(hours, "m"),
        np.arange(hours, dtype=np.int64) * HOUR_US,
        np.zeros((hours, 1)),
        np.zeros(hours, dtype=np.int8),
        failure_events(failures),
    )


def flags_at(hours: int, flagged: list[int]) -> Mask:
    return np.isin(np.arange(hours), flagged)


def evaluate(rows: Dataset) -> EpisodeEvaluator:
    return EpisodeEvaluator(rows, HORIZON_US, 3600)


@pytest.mark.parametrize(
    ("flagged", "caught"),
    [([76], True), ([99], True), ([75], False), ([100], False)],
    ids=["whole horizon ahead", "one hour ahead", "too early", "at the failure itself"],
)
def test_failure_is_caught_from_the_horizon_to_just_before_it(flagged: list[int], caught: bool) -> None:
    outcome = evaluate(one_machine(200, [100])).evaluate(flags_at(200, flagged))

    assert outcome.caught.tolist() == [caught]
    assert outcome.false_episodes == (0 if caught else 1)


def test_lead_time_counts_from_the_opening_of_the_episode() -> None:
    outcome = evaluate(one_machine(200, [100])).evaluate(flags_at(200, [80, 81, 99]))

    assert (outcome.lead_hours.tolist(), outcome.episodes) == ([20.0], 1)


def test_alarm_that_never_stops_is_one_episode_per_cool_down() -> None:
    outcome = evaluate(one_machine(240, [])).evaluate(np.ones(240, dtype=np.bool_))

    assert (outcome.episodes, outcome.false_episodes) == (10, 10)


def test_always_alarming_catches_every_failure() -> None:
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)

    outcome = evaluate(rows).evaluate(np.ones(len(rows), dtype=np.bool_))

    assert outcome.caught.all()
    assert len(outcome.caught) > 10


def test_failure_without_a_row_in_its_warning_window_is_not_tested() -> None:
    rows = one_machine(200, [100, 150])
    rows = rows.keep(rows.scored_us < 90 * HOUR_US)

    assert evaluate(rows).failures.failed_us.tolist() == [100 * HOUR_US]


def test_machine_years_count_rows_and_not_calendar() -> None:
    outcome = evaluate(one_machine(8766, [])).evaluate(flags_at(8766, [5]))

    assert outcome.machine_years == pytest.approx(1.0)
    assert outcome.false_alarms_per_machine_year == pytest.approx(1.0)


@given(st.lists(st.integers(0, 500), unique=True), st.integers(1, 50))
def test_every_flag_belongs_to_exactly_one_episode(flagged: list[int], cool_down: int) -> None:
    times = np.array(sorted(flagged), dtype=np.int64)

    starts = episode_starts(times, cool_down)

    covering = ((times[:, None] >= starts) & (times[:, None] < starts + cool_down)).sum(axis=1)
    assert (covering == 1).all()
    assert np.isin(starts, times).all()


def test_random_flags_look_good_to_point_adjustment_and_bad_to_episodes() -> None:
    """Two flags in a hundred, drawn blindly. Source of the trap: Kim et al., AAAI 2022, on point adjustment."""
    rows = plant_dataset()
    rows = rows.keep(rows.labelled)
    flags = np.random.default_rng(0).random(len(rows)) < 0.02

    outcome = evaluate(rows).evaluate(flags)

    assert point_adjusted_recall(rows, flags) > 1.5 * row_recall(rows, flags)
    assert outcome.precision.interval[1] < 0.3
    never = event_cost(0, len(outcome.caught), 0, Costs())
    perfect = event_cost(len(outcome.caught), 0, 0, Costs())
    assert outcome.cost(Costs()) > (never + perfect) / 2


def point_adjusted_recall(rows: Dataset, flags: Mask) -> float:
    """Rows of every warning window that holds a single flag count as found."""
    positive = rows.label == 1
    window = np.zeros(len(rows), dtype=np.bool_)
    for machine, failed in zip(rows.failures.machine_ids, rows.failures.failed_us, strict=True):
        mine = (rows.machine_ids == machine) & (rows.scored_us < failed)
        mine &= rows.scored_us >= failed - HORIZON_US
        window |= mine & bool((mine & flags).any())
    return float((window & positive).sum() / positive.sum())


def row_recall(rows: Dataset, flags: Mask) -> float:
    positive = rows.label == 1
    return float((flags & positive).sum() / positive.sum())


def two_machines() -> Dataset:
    """Machine `a` fails at hour 50, machine `b` at hour 60; hourly rows up to hour 100."""
    failures = pd.DataFrame(
        {"machine_id": ["a", "b"], "failed_at": pd.to_datetime([50, 60], unit="h", utc=True), "code": "seal"}
    )
    return Dataset(
        np.repeat(["a", "b"], 100),
        np.tile(np.arange(100, dtype=np.int64), 2) * HOUR_US,
        np.zeros((200, 1)),
        np.zeros(200, dtype=np.int8),
        failure_events(failures),
        {"a": "large", "b": "small"},
    )


def test_each_failure_and_false_alarm_costs_what_it_costs_on_its_machine() -> None:
    rows = two_machines()
    large = Costs(90_000.0, 9_000.0, 700.0)
    costs = Costs(15_000.0, 3_000.0, 500.0, (("large", large),))
    caught_a = (rows.machine_ids == "a") & np.isin(rows.scored_us, [0, 45 * HOUR_US])
    false_b = (rows.machine_ids == "b") & np.isin(rows.scored_us, [0, 90 * HOUR_US])

    outcome = evaluate(rows).evaluate(caught_a | false_b)

    assert (outcome.false_episodes, dict(outcome.false_by_machine)) == (3, {"a": 1, "b": 2})
    assert outcome.cost(costs) == 9_000 + 700 + 15_000 + 2 * 500
    assert outcome.cost(Costs()) == event_cost(1, 1, 3, Costs())


def test_a_machine_without_a_known_model_costs_what_the_plant_says() -> None:
    rows = two_machines()
    costs = Costs(15_000.0, 3_000.0, 500.0, (("large", Costs(90_000.0)), ("other", Costs(1e6))))

    never = evaluate(rows).evaluate(np.zeros(len(rows), dtype=np.bool_))

    assert never.cost(costs) == 90_000 + 15_000
    assert replace(never, models={}).cost(costs) == 2 * 15_000
