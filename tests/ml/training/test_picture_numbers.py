"""The numbers behind a model's pictures: those of its evaluation, few enough for a page."""

from dataclasses import replace

import numpy as np
import pytest

from edge_bundle.compiler.model_folder import read_document
from expectations.model_folder.folder import files_sha256
from expectations.model_folder.pictures import Pictures
from ml.evaluation.metrics import average_precision
from ml.training.artifact import artifact_files
from ml.training.picture_numbers import MOST_MACHINES, RECALL_POINTS, TOP_FEATURES, picture_numbers
from ml.training.train import TrainedModel, train
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames, plant_model


def numbers_of(model: TrainedModel) -> Pictures:
    found = picture_numbers(model)
    assert found is not None
    return found


def test_the_folder_gives_the_numbers_back() -> None:
    assert read_document(artifact_files(plant_model()), Pictures) == numbers_of(plant_model())


def test_numbers_for_pictures_are_no_part_of_what_a_version_is() -> None:
    files = artifact_files(plant_model())

    assert files_sha256({**files, Pictures.FILE: b"{}"}) == files_sha256(files)


def test_a_plant_without_failures_has_no_pictures() -> None:
    model = train(plant_frames(failing=False), FEATURES, POLICY, PARAMS)

    assert picture_numbers(model) is None
    assert Pictures.FILE not in artifact_files(model)


def test_alarms_and_failures_are_those_that_were_evaluated() -> None:
    model = plant_model()
    assert model.failure is not None
    outcome, machines = model.failure.evaluation.outcome, numbers_of(model).timeline.machines

    assert sum(len(one.announced_us) for one in machines) == outcome.caught.sum()
    assert sum(len(one.missed_us) for one in machines) == (~outcome.caught).sum()
    assert sum(len(one.episodes_us) for one in machines) == outcome.counts.calls


def test_points_of_precision_and_recall_are_few_and_keep_their_area() -> None:
    model = plant_model()
    assert model.failure is not None
    fitted, found = model.failure.fitted, numbers_of(model).precision_recall

    area = float(np.sum(np.diff(found.recall, prepend=0.0) * np.array(found.precision)))
    assert len(found.recall) <= RECALL_POINTS + 2
    assert found.recall[-1] == 1.0
    assert found.precision[-1] == pytest.approx(found.prevalence)
    assert area == pytest.approx(average_precision(fitted.rows.label, fitted.margins), abs=0.02)


def test_cost_and_warning_are_those_of_the_evaluation() -> None:
    model = plant_model()
    assert model.failure is not None
    found, evaluation, curve = numbers_of(model), model.failure.evaluation, model.failure.choice.curve

    assert curve is not None
    assert found.cost.chosen.cost == min(found.cost.costs) == curve.best.cost
    assert found.cost.chosen.margin == model.failure.threshold
    assert (found.cost.never, found.cost.always) == (curve.never, curve.always)
    assert found.lead_time.tested == len(evaluation.outcome.caught)
    assert list(found.lead_time.hours) == sorted(evaluation.outcome.lead_hours[evaluation.outcome.caught], reverse=True)
    assert sum(each.rows for each in found.calibration) == len(evaluation.held_out.rows)


def test_a_probability_out_of_reach_has_no_mark() -> None:
    model = plant_model()
    assert model.failure is not None
    first, second = model.failure.policy_points
    beyond = replace(model.failure, policy_points=(first, replace(second, threshold=np.inf)))

    assert [mark.probability for mark in numbers_of(model.with_model(beyond)).cost.limits] == [0.8]


def test_features_are_the_strongest_first() -> None:
    weights = [each.weight for each in numbers_of(plant_model()).importance]

    assert weights == sorted(weights, reverse=True)
    assert len(weights) == min(TOP_FEATURES, len(FEATURES.names))


def test_of_many_machines_those_with_failures_are_shown() -> None:
    model = plant_model()
    assert model.failure is not None
    rows = model.failure.evaluation.held_out.rows
    names = np.array([f"quiet-{at % 200:03d}" for at in range(len(rows))])
    failing = np.isin(rows.machine_ids, ["machine-0", "machine-1"])
    renamed = replace(rows, machine_ids=np.where(failing, rows.machine_ids, names))
    evaluation = model.failure.evaluation
    held_out = replace(evaluation.held_out, rows=renamed)
    many = model.with_model(replace(model.failure, evaluation=replace(evaluation, held_out=held_out)))

    timeline = numbers_of(many).timeline

    assert len(timeline.machines) == MOST_MACHINES
    assert timeline.machine_count == 202
    assert {"machine-0", "machine-1"} <= {one.name for one in timeline.machines}
