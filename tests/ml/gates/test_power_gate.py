"""A forest that sees nothing is refused, and says what would change the answer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from ml.candidates.anomaly_choice import RESIDUAL
from ml.candidates.anomaly_model import AnomalyModel, AnomalyParams, train_anomaly_model
from ml.data.dataset import build_dataset
from ml.data.failure_events import NO_EVENTS
from ml.data.healthy import healthy_rows, healthy_split
from ml.data.metric_columns import metric_columns
from ml.evaluation.incidents import IncidentsFound, incidents_found
from ml.evaluation.metrics import Proportion
from ml.evaluation.power import Found, measure_power
from ml.gates.anomaly_gate import anomaly_gate
from ml.gates.failure_gate import Check, GateReport, Verdict
from ml.gates.power_gate import incident_checks, power_checks
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from ml.training.summary import summarise
from ml.training.train import TrainedModel, TrainingParams, train
from tests.support.wide_plant import INCIDENTS, features_of_metrics, wide_frames

PARAMS = TrainingParams(FailureParams(nthread=1), AnomalyParams())


def check(hits: int, total: int, kind: str = "shift", below: Verdict = Verdict.FAIL) -> Check:
    (found,) = power_checks([Found(kind, Proportion(hits, total), ("heat",), 2)], Policy(), below)
    return found


@pytest.mark.parametrize(
    ("hits", "total", "verdict"),
    [(20, 200, Verdict.PASS), (19, 200, Verdict.WARN), (12, 200, Verdict.WARN), (11, 200, Verdict.FAIL)],
    ids=["a tenth", "a little less", "by chance", "shown to be less"],
)
def test_fewer_shifts_than_asked_fail_where_chance_does_not_explain_it(hits: int, total: int, verdict: Verdict) -> None:
    """Wilson's upper end of 12 of 200 is 0.102, of 11 of 200 0.096."""
    assert check(hits, total).verdict is verdict


def test_where_nothing_is_asked_a_kind_that_is_never_found_warns() -> None:
    assert [check(hits, 200, "relation").verdict for hits in (0, 1)] == [Verdict.WARN, Verdict.PASS]


def test_beside_a_failure_model_a_blind_forest_is_a_warning() -> None:
    assert check(0, 200, below=Verdict.WARN).verdict is Verdict.WARN


def test_power_that_could_not_be_measured_is_no_silent_pass() -> None:
    (found,) = power_checks([Found("shift", Proportion(0, 0))], Policy())

    assert (found.name, found.verdict) == ("power", Verdict.WARN)


def test_the_text_names_size_number_metric_and_what_would_change_it() -> None:
    text = check(1, 200).text

    assert text.startswith("shifts by 6 standard deviations of one metric, put into healthy stretches of 24 h: 1/200")
    assert "never in 1 of 2 metrics (heat)" in text
    assert "a larger anomaly_alarms_per_machine_year would change it" in text


@pytest.mark.parametrize(
    ("hits", "total", "by_chance", "verdict"),
    [(0, 14, 0.2, Verdict.FAIL), (2, 14, 2.4, Verdict.WARN), (3, 14, 2.4, Verdict.PASS), (0, 0, 0.0, Verdict.WARN)],
    ids=["none", "as chance", "more than chance", "no row"],
)
def test_known_incidents(hits: int, total: int, by_chance: float, verdict: Verdict) -> None:
    (found,) = incident_checks(IncidentsFound(Proportion(hits, total), by_chance, 1, ("a leak",)))

    assert found.verdict is verdict
    assert not total or f"found {hits} of {total}" in found.text


def test_a_plant_without_incidents_is_not_asked() -> None:
    assert incident_checks(None) == []


@lru_cache(maxsize=2)
def trained(metrics: int) -> TrainedModel:
    return train(wide_frames(metrics), features_of_metrics(metrics), Policy(), PARAMS)


def gate_of(metrics: int) -> GateReport:
    gate = trained(metrics).gate
    assert gate is not None
    return gate


def forest_alone(metrics: int) -> AnomalyModel:
    """The forest as a training makes it where there is no residual model."""
    policy, features = Policy(), features_of_metrics(metrics)
    dataset = build_dataset(wide_frames(metrics), features, policy)
    split = healthy_split(
        dataset, healthy_rows(dataset, NO_EVENTS, policy), policy.embargo_us(features.longest_window_s)
    )
    made = train_anomaly_model(dataset, split, features.indices(telemetry=True), policy, PARAMS.anomaly)
    growing, testing = dataset.keep(split.growing), dataset.keep(split.testing)
    power = measure_power(growing, testing, metric_columns(features), made.flags, policy)
    return replace(made, power=power, incidents=incidents_found(dataset, made.flags(dataset.values), policy))


def test_a_forest_of_43_metrics_that_finds_none_of_14_incidents_is_refused() -> None:
    gate = anomaly_gate(forest_alone(43), Policy())
    answers = {one.name: one.verdict for one in gate.checks}

    assert gate.gate == "anomaly model"
    assert answers.pop("power_shift") is answers.pop("known_incidents") is Verdict.FAIL
    assert set(answers.values()) <= {Verdict.PASS, Verdict.WARN}
    assert not gate.is_promoted
    assert any(f"known incidents: found 0 of {INCIDENTS}" in reason for reason in gate.reasons)


def test_the_same_incidents_on_43_metrics_are_found_by_the_residual_model_which_passes() -> None:
    gate, anomaly = gate_of(43), trained(43).anomaly

    assert gate.is_promoted
    assert anomaly is not None
    assert anomaly.choice == RESIDUAL
    assert any(f"known incidents: found {INCIDENTS} of {INCIDENTS}" in check.text for check in gate.checks)


def test_the_same_incidents_on_two_metrics_are_found_and_the_forest_passes() -> None:
    gate = gate_of(2)
    figures = summarise(trained(2)).anomaly

    assert gate.is_promoted
    assert figures is not None
    assert figures.incidents is not None
    assert figures.incidents.known == INCIDENTS
    assert figures.incidents.found > figures.incidents.by_chance
    assert [each.kind for each in figures.power] == ["shift", "stuck", "relation"]


def test_rows_of_an_incident_are_not_healthy() -> None:
    frames = wide_frames(2)
    dataset = build_dataset(frames, features_of_metrics(2), Policy())
    week_us = Policy().healthy_margin_days * 86_400_000_000

    healthy = healthy_rows(dataset, NO_EVENTS, replace(Policy(), minimum_healthy_rows=1))

    assert healthy.rule == "more than 7 d from any failure or known incident or maintenance"
    assert healthy.mask.any()
    assert not (healthy.mask & dataset.incidents.near(dataset.machine_ids, dataset.scored_us, week_us)).any()


def test_an_incident_beyond_all_rows_changes_no_row_and_is_counted_as_unscored() -> None:
    late = pd.Timestamp("2030-01-01", tz="UTC")
    frames = wide_frames(2)
    one = pd.DataFrame({"machine_id": ["machine-0"], "from_at": [late], "until_at": [late], "meaning": ["later"]})
    model = train(replace(frames, incidents=one), features_of_metrics(2), Policy(), PARAMS)

    assert model.anomaly is not None
    assert model.anomaly.incidents is not None
    assert (model.anomaly.incidents.found.total, model.anomaly.incidents.unscored) == (0, 1)
    assert np.isfinite(model.anomaly.threshold)
