"""The second stage: used where order in time is what breaks, not used where T2 and Q find as much."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from ml.canonical import canonical_json
from ml.data.dataset import Dataset, FeatureList
from ml.data.healthy import HealthySplit, healthy_rows, healthy_split, maintenance_events
from ml.data.metric_columns import metric_columns
from ml.errors import TooLittleDataError
from ml.models.pca import fit_pca
from ml.policy import Policy
from ml.second_stage.choice import answer, answer_of_forms
from ml.second_stage.confirm import CONFIRMED, DENIED, NOT_SCORED, confirmations
from ml.second_stage.measured import Measured, in_alarm
from ml.second_stage.second_stage import second_stage
from ml.second_stage.trained_stage import FILE, INT8, LSTM, PCA, SecondStage
from ml.sequence.int8 import load_int8
from tests.support.wave_plant import HOUR_US, INCIDENTS, ROWS, wave_plant

NAMES = ("a_mean", "b_mean", "c_mean")
FEATURES = FeatureList(NAMES, frozenset(NAMES), 3600, measured={name: (name[0], "mean") for name in NAMES})
ALL = np.arange(3, dtype=np.int32)
POLICY = Policy(
    anomaly_alarms_per_machine_year=60.0, minimum_healthy_rows=100, healthy_margin_days=1, power_trials=20,
    second_stage_epochs=25, second_stage_rows=6,
)  # fmt: skip


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
    return made(wave_plant())


def test_a_machine_that_runs_backwards_is_seen_by_the_autoencoder_alone() -> None:
    found = backwards()

    assert found.is_used
    assert found.lstm.alone.found >= 9
    assert found.pca.alone.found <= 3
    assert found.lstm.alone.tested == found.pca.alone.tested == INCIDENTS
    assert found.reason.startswith(f"used: {LSTM} found")


def test_both_are_measured_on_the_same_rows_and_none_is_lost() -> None:
    found, dataset = backwards(), wave_plant()
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


def test_a_machine_in_alarm_is_confirmed_where_it_runs_backwards_and_denied_where_it_does_not() -> None:
    found, dataset = backwards(), wave_plant()
    first_us, second_us = dataset.incidents.from_us[[0, 1]].tolist()
    assert dataset.incidents.machine_ids[:2].tolist() == ["m0", "m1"]
    flagged = (dataset.scored_us == first_us + 15 * HOUR_US) | (dataset.scored_us == second_us + 15 * HOUR_US)

    def answers(until_us: int) -> dict[str, str]:
        rows = dataset.keep(dataset.scored_us <= until_us)
        made = confirmations(rows, flagged[: len(rows)], found.form, POLICY)
        return {each.machine_id: each.answer for each in made}

    assert answers(first_us + 15 * HOUR_US) == {"m0": CONFIRMED, "m1": DENIED}
    assert answers(second_us + 15 * HOUR_US) == {"m0": DENIED, "m1": CONFIRMED}
    assert answers(second_us + 40 * HOUR_US) == {}


def test_a_machine_whose_newest_rows_have_no_window_is_not_scored() -> None:
    found, dataset = backwards(), wave_plant()
    rows = dataset.keep((dataset.machine_ids == "m0") & (dataset.scored_us < 4 * HOUR_US))

    (only,) = confirmations(rows, np.ones(4, dtype=np.bool_), found.form, POLICY)

    assert (only.answer, only.rows, only.scored, only.highest) == (NOT_SCORED, 4, 0, None)
    assert only.unscored == "4 (too few rows before it)"


def test_reasons_are_of_the_rows_in_alarm_and_not_of_those_before() -> None:
    found, dataset = backwards(), wave_plant()
    hours = dataset.scored_us // HOUR_US
    rows = dataset.keep((dataset.machine_ids == "m0") & (hours < 40) & (hours != 37))

    (only,) = confirmations(rows, np.asarray(rows.scored_us >= 36 * HOUR_US, dtype=np.bool_), found.form, POLICY)

    assert (only.rows, only.scored) == (3, 1)
    assert only.unscored == "2 (a gap among the rows before it)"


def test_its_file_is_the_int8_form_whose_loss_is_counted() -> None:
    found = backwards()

    form = load_int8(found.files()[FILE])

    assert form.standard.columns.tolist() == ALL.tolist()
    assert 0 < form.threshold == found.form.threshold < np.inf
    assert found.loss.is_legal
    assert found.loss.tested == INCIDENTS + 60
    assert found.loss.rank_correlation > 0.99
    assert json.loads(canonical_json(found.figures()))[LSTM]["tested_events"] == INCIDENTS
    assert f"on the same {found.rows:,} rows of 2 machines, 0.0" in found.words[0]


def test_where_t2_and_q_find_as_much_it_is_not_used_and_not_stored() -> None:
    found = made(wave_plant(size=3.0), replace(POLICY, second_stage_epochs=5))

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


def test_an_int8_form_that_makes_up_for_events_with_disturbances_or_raises_false_alarms_is_not_used() -> None:
    found = backwards()
    strict = replace(POLICY, anomaly_alarms_per_machine_year=found.lstm.alone.false_rate)
    noisy = replace(found.lstm, alone=replace(found.first, incidents=found.lstm.alone.incidents))

    def asked(int8: Measured, policy: Policy = POLICY) -> tuple[bool, str]:
        return answer_of_forms({LSTM: found.lstm, INT8: int8, PCA: found.pca}, found.loss, policy)

    assert found.lstm.alone.false_rate < noisy.alone.false_rate
    assert asked(found.lstm)[0]
    assert not asked(found.pca)[0]
    assert "not used: INT8 form of the LSTM autoencoder found 1 of 10 events" in asked(found.pca)[1]
    is_used, reason = asked(noisy, strict)
    assert not is_used
    assert "INT8 form" in reason
    assert "are allowed" in reason


def test_an_int8_form_that_loses_too_much_is_not_used() -> None:
    found = backwards()
    lossy = replace(found.loss, found_int8=found.loss.found // 2)

    assert not lossy.is_legal
    assert not replace(found, loss=lossy, is_used=False).files()


def test_rows_at_which_an_alarm_is_active_are_those_until_it_clears() -> None:
    rows = wave_plant().keep(np.arange(2 * ROWS) < 20)
    flags = (rows.machine_ids == "m0") & np.isin(rows.scored_us, np.array([2, 3]) * HOUR_US)

    active = in_alarm(rows, flags, POLICY)

    assert (rows.scored_us[active] // HOUR_US).tolist() == [2, 3, 4, 5]
    assert set(rows.machine_ids[active]) == {"m0"}


def test_rows_with_gaps_have_none_and_say_why() -> None:
    dataset = wave_plant()
    thin = dataset.keep(dataset.scored_us // HOUR_US % 4 > 0)

    with pytest.raises(TooLittleDataError, match="a gap among the rows before it"):
        made(thin)


def test_it_is_not_used_where_no_false_alarm_could_be_counted() -> None:
    found = backwards()
    unseen = replace(found.lstm.alone, outcome=replace(found.lstm.alone.outcome, machine_years=0.0))

    is_used, reason = answer(replace(found.lstm, alone=unseen), found.pca, POLICY)

    assert not is_used
    assert reason == "not used: no tested row has a window and an outcome, so no false alarm can be counted"
