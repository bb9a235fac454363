"""A plant whose alarms lead to repairs: nothing is learnt from them as healthy, and every figure counts them apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml.data.dataset import NO_LABEL, build_dataset
from ml.data.label_gaps import longest_unlabelled_hours
from ml.errors import LeakError
from ml.evaluation.splits import rolling_origins
from ml.policy import Policy
from ml.training.summary import event_figures
from ml.training.train import TrainedModel, train
from tests.support.plant_frames import FEATURES, HOUR_US, PARAMS, POLICY, plant_frames
from tests.support.saved_machines import as_healthy, saved_frames

FRAMES = plant_frames(machines=8, days=80)


def trained(finding: str | None = None) -> TrainedModel:
    return train(saved_frames(FRAMES, finding=finding), FEATURES, POLICY, PARAMS)


def test_the_day_before_an_intervention_has_no_label_and_is_evaluated_all_the_same() -> None:
    frames = saved_frames(FRAMES)
    assert frames.interventions is not None
    rows = build_dataset(frames, FEATURES, Policy())

    for machine, at in zip(rows.interventions.machine_ids, rows.interventions.failed_us, strict=True):
        mine = (rows.machine_ids == machine) & (rows.scored_us < at) & (rows.scored_us >= at - 24 * HOUR_US)
        assert set(rows.label[mine]) <= {NO_LABEL, 1}
        assert rows.evaluated[mine & (rows.label == NO_LABEL)].all()
    assert len(rows.interventions) == len(frames.interventions) > 10


def test_a_dying_machine_that_was_saved_is_refused_as_healthy() -> None:
    with pytest.raises(LeakError, match="rows before an intervention have a label"):
        build_dataset(as_healthy(saved_frames(FRAMES)), FEATURES, POLICY)


def test_no_training_row_lies_before_an_intervention_and_held_out_rows_do() -> None:
    rows = build_dataset(saved_frames(FRAMES), FEATURES, POLICY)
    assert rows.censored is not None

    origins = rolling_origins(rows, POLICY, POLICY.embargo_us(6 * 3600))

    assert not any((origin.train(rows) & rows.censored).any() for origin in origins)
    assert sum(int((origin.test(rows) & rows.censored).sum()) for origin in origins) > 100


def test_rows_before_an_intervention_are_no_hole_in_the_labels() -> None:
    month = replace(POLICY, horizon="28d")
    rows = build_dataset(saved_frames(FRAMES), FEATURES, month)

    assert longest_unlabelled_hours(rows, month) == 0
    assert longest_unlabelled_hours(replace(rows, censored=np.zeros(len(rows), np.bool_)), month) > 24


def test_alarms_that_led_to_repairs_are_no_false_alarms() -> None:
    model, naive = trained(), train(
        replace(as_healthy(saved_frames(FRAMES)), interventions=None), FEATURES, POLICY, PARAMS
    )  # fmt: skip
    assert model.failure is not None
    assert naive.failure is not None

    found, before = (event_figures(one.failure.evaluation.outcome, one) for one in (model, naive) if one.failure)

    assert found.intervened_episodes >= 5
    assert before.intervened_episodes == 0
    assert before.false_episodes >= found.false_episodes + 5
    assert model.failure.evaluation.rows.rows == int(model.failure.evaluation.held_out.rows.labelled.sum())


def test_what_technicians_refuted_is_false_and_what_they_confirmed_is_counted() -> None:
    open_, confirmed, refuted = (
        event_figures(model.failure.evaluation.outcome, model)
        for model in map(trained, (None, "confirmed", "refuted"))
        if model.failure
    )

    assert (open_.confirmed_episodes, confirmed.confirmed_episodes) == (0, confirmed.intervened_episodes)
    assert (refuted.intervened_episodes, refuted.confirmed_episodes) == (0, 0)
    assert refuted.false_episodes == open_.false_episodes + open_.intervened_episodes
    assert confirmed.cost == open_.cost == refuted.cost
