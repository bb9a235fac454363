"""Stages of alarms on held-out rows: one set of failures, and each stage asks for more."""

from __future__ import annotations

import numpy as np

from ml.evaluation.stages import held_out_stages
from ml.training.summary import summarise
from tests.support.plant_frames import plant_model


def test_stages_are_of_the_same_failures_and_the_later_one_flags_less() -> None:
    model = plant_model()
    assert model.failure is not None
    evaluation = model.failure.evaluation

    requested, sensitive, specific = held_out_stages(evaluation, model.policy)

    assert (requested.name, requested.least_probability) == ("requested", None)
    assert requested.outcome is evaluation.outcome
    assert [one.least_probability for one in (sensitive, specific)] == [0.7, 0.85]
    failed = evaluation.outcome.failures.failed_us
    for one in (sensitive, specific):
        assert np.array_equal(one.outcome.failures.failed_us, failed)
    assert specific.outcome.recall.hits <= sensitive.outcome.recall.hits
    assert specific.outcome.counts.alarms <= sensitive.outcome.counts.alarms


def test_the_figures_of_a_training_have_them() -> None:
    model = plant_model()
    found = summarise(model).failure
    assert found is not None

    assert [one.stage for one in found.stages] == ["requested", "sensitive", "specific"]
    assert found.stages[0].events == found.events
    assert {one.events.tested_failures for one in found.stages} == {found.events.tested_failures}
