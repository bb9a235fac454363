"""The second stage: used where order in time is what breaks, not used where T2 and Q find as much."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from ml.canonical import canonical_json
from ml.data.dataset import Dataset, FeatureList
from ml.data.failure_events import NO_EVENTS
from ml.data.healthy import HealthySplit, healthy_rows, healthy_split, maintenance_events
from ml.data.incidents import Incidents
from ml.data.metric_columns import metric_columns
from ml.errors import TooLittleDataError
from ml.models.pca import fit_pca
from ml.policy import Policy
from ml.second_stage.measured import in_alarm
from ml.second_stage.second_stage import FILE, LSTM, PCA, SecondStage, answer, second_stage
from ml.sequence.int8 import load_int8

HOUR_US = 3_600_000_000
NAMES = ("a_mean", "b_mean", "c_mean")
FEATURES = FeatureList(NAMES, frozenset(NAMES), 3600, measured={name: (name[0], "mean") for name in NAMES})
ALL = np.arange(3, dtype=np.int32)
ROWS, INCIDENTS, LASTS = 1500, 10, 24
POLICY = Policy(
    anomaly_alarms_per_machine_year=60.0, minimum_healthy_rows=100, healthy_margin_days=1, power_trials=20,
    second_stage_epochs=25, second_stage_rows=6,
)  # fmt: skip


def plant(size: float = 0.0) -> Dataset:
    """Two machines on one wave. In an incident it runs backwards, or one value is off by a size in deviations."""
    rng, hours = np.random.default_rng(4), np.arange(ROWS)
    phase = np.tile(hours / 3.0, (2, 1))
    begins = np.linspace(100, ROWS - 100, INCIDENTS).astype(int)
    for number, begin in enumerate(begins.tolist()):
        part = slice(begin, begin + LASTS)
        phase[number % 2, part] = phase[number % 2, part] if size else phase[number % 2, part][::-1]
    values = np.stack([np.sin(phase), np.cos(phase), np.sin(phase + 1)], axis=2) + rng.normal(0, 0.05, (2, ROWS, 3))
    for number, begin in enumerate(begins.tolist()):
        values[number % 2, begin : begin + LASTS, 0] += size
    from_us = begins.astype(np.int64) * HOUR_US
    incidents = Incidents(
        np.array([f"m{number % 2}" for number in range(INCIDENTS)]), from_us, from_us + (LASTS - 1) * HOUR_US,
        tuple(f"incident {number}" for number in range(INCIDENTS)),
    )  # fmt: skip
    order = np.argsort(np.tile(hours, 2), kind="stable")
    return Dataset(
        machine_ids=np.repeat(["m0", "m1"], ROWS)[order],
        scored_us=np.sort(np.tile(hours.astype(np.int64), 2)) * HOUR_US,
        values=values.reshape(-1, 3)[order],
        label=np.zeros(2 * ROWS, dtype=np.int8),
        failures=NO_EVENTS,
        incidents=incidents,
    )


def split_of(dataset: Dataset) -> HealthySplit:
    none = maintenance_events(np.array([], dtype=np.str_), np.array([], dtype=np.int64))
    return healthy_split(dataset, healthy_rows(dataset, none, POLICY), 30 * HOUR_US)


def made(dataset: Dataset, policy: Policy = POLICY) -> SecondStage:
    split = split_of(dataset)
    pca = fit_pca(dataset.values[split.growing], ALL)
    projections, metrics = (pca.t2, pca.q), metric_columns(FEATURES)
    return second_stage(dataset, split, projections, lambda rows: rows[:, 0] > 0.9, metrics, policy)


@lru_cache(maxsize=1)
def backwards() -> SecondStage:
    return made(plant())


def test_a_machine_that_runs_backwards_is_seen_by_the_autoencoder_alone() -> None:
    found = backwards()

    assert found.is_used
    assert found.lstm.alone.found >= 9
    assert found.pca.alone.found <= 3
    assert found.lstm.alone.tested == found.pca.alone.tested == INCIDENTS
    assert found.reason.startswith(f"used: {LSTM} found")


def test_both_are_measured_on_the_same_rows_and_none_is_lost() -> None:
    found, dataset = backwards(), plant()
    split = split_of(dataset)
    time = split.testing_time & ~dataset.incidents.near(dataset.machine_ids, dataset.scored_us, POLICY.horizon_us)

    assert found.rows + sum(found.unscored.values()) == int(time.sum())
    assert found.machines == 2
    years = [each.outcome.machine_years for each in (found.first, found.lstm.alone, found.pca.alone)]
    assert years == [years[0]] * 3
    tested = [[each.found.total for each in one.power] for one in (found.lstm, found.pca)]
    assert tested == [[20, 20, 20], [20, 20, 20]]


def test_the_second_stage_confirms_alarms_of_the_first_and_raises_none_of_its_own() -> None:
    found = backwards()

    for each in (found.lstm, found.pca):
        assert each.confirmed.found <= min(found.first.found, each.alone.found)
        assert each.confirmed.outcome.counts.alarms <= found.first.outcome.counts.alarms
    assert found.first.false_rate > found.lstm.confirmed.false_rate


def test_its_file_is_the_int8_form_whose_loss_is_counted() -> None:
    found = backwards()

    form = load_int8(found.files()[FILE])

    assert form.standard.columns.tolist() == ALL.tolist()
    assert found.loss.is_legal
    assert found.loss.tested == INCIDENTS + 60
    assert found.loss.rank_correlation > 0.99
    assert json.loads(canonical_json(found.figures()))[LSTM]["tested_events"] == INCIDENTS
    assert f"on the same {found.rows:,} rows of 2 machines, 0.0" in found.words[0]


def test_where_t2_and_q_find_as_much_it_is_not_used_and_not_stored() -> None:
    found = made(plant(size=3.0), replace(POLICY, second_stage_epochs=5))

    assert found.pca.alone.found == INCIDENTS
    assert not found.is_used
    assert not found.files()
    assert f"{PCA} found {INCIDENTS} of {INCIDENTS}" in found.reason


def test_more_false_alarms_than_allowed_are_no_win() -> None:
    found = backwards()
    strict = replace(POLICY, anomaly_alarms_per_machine_year=0.01)
    noisy = replace(found.lstm, alone=found.first)
    few = replace(found.pca, alone=replace(found.pca.alone, incidents=None))

    assert answer(found.lstm, found.pca, POLICY)[0]
    assert not answer(found.pca, found.lstm, POLICY)[0]
    is_used, reason = answer(
        replace(noisy, alone=replace(found.first, incidents=found.lstm.alone.incidents)), few, strict
    )
    assert not is_used
    assert "are allowed" in reason


def test_an_int8_form_that_loses_too_much_is_not_used() -> None:
    found = backwards()
    lossy = replace(found.loss, found_int8=found.loss.found // 2)

    assert not lossy.is_legal
    assert not replace(found, loss=lossy, is_used=False).files()


def test_rows_at_which_an_alarm_is_active_are_those_until_it_clears() -> None:
    rows = plant().keep(np.arange(2 * ROWS) < 20)
    flags = (rows.machine_ids == "m0") & np.isin(rows.scored_us, np.array([2, 3]) * HOUR_US)

    active = in_alarm(rows, flags, POLICY)

    assert (rows.scored_us[active] // HOUR_US).tolist() == [2, 3, 4, 5]
    assert set(rows.machine_ids[active]) == {"m0"}


def test_rows_with_gaps_have_none_and_say_why() -> None:
    dataset = plant()
    thin = dataset.keep(dataset.scored_us // HOUR_US % 4 > 0)

    with pytest.raises(TooLittleDataError, match="a gap among the rows before it"):
        made(thin)
