"""One training, end to end: the same frames give the same files, and the gate that fits decides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.artifact import artifact_files, files_sha256, load_champion
from ml.comparison import Champion
from ml.errors import TooLittleDataError
from ml.gates import Verdict
from ml.train import TrainedModel, train
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames, plant_model, shuffled


def retrained(champion: Champion, approved_by: str | None = None) -> TrainedModel:
    frames = plant_frames()
    return train(frames, FEATURES, POLICY, PARAMS, champion=champion, approved_by=approved_by)


def early_champion() -> Champion:
    """A champion that knows the first 35 days only."""
    frames = plant_frames()
    until = frames.features["scored_at"].min() + pd.Timedelta(days=35)
    early = replace(
        frames,
        features=frames.features[frames.features["scored_at"] <= until],
        labels=frames.labels[frames.labels["scored_at"] <= until],
    )
    return load_champion("v1", artifact_files(train(early, FEATURES, POLICY, PARAMS)))


def test_two_trainings_on_shuffled_frames_give_the_same_files() -> None:
    frames = plant_frames()

    again = artifact_files(train(shuffled(frames), FEATURES, POLICY, PARAMS))

    assert again == artifact_files(plant_model())


def test_who_listens_hears_of_every_origin_and_changes_no_file() -> None:
    told: list[tuple[str, int | None, int | None]] = []

    def tell(step: str, done: int | None = None, total: int | None = None) -> None:
        told.append((step, done, total))

    heard = train(plant_frames(), FEATURES, POLICY, PARAMS, tell=tell)

    assert artifact_files(heard) == artifact_files(plant_model())
    assert heard.failure is not None
    count, every = len(heard.failure.evaluation.choices), f"rolling origins over {len(FEATURES.names)} features"
    assert [step[1:] for step in told if step[0] == every] == [(number + 1, count) for number in range(count)]
    assert {"rows and labels", "model of all rows", "anomaly model"} <= {step for step, _, _ in told}


def test_first_model_of_a_failing_plant_becomes_a_provisional_champion() -> None:
    gate = plant_model().gate

    assert gate is not None
    assert (gate.gate, gate.is_provisional) == ("first champion", True)
    assert gate.verdict in (Verdict.PASS, Verdict.WARN)


def test_champion_of_the_day_changes_the_gate_and_not_the_files() -> None:
    again = retrained(early_champion())

    assert files_sha256(artifact_files(again)) == files_sha256(artifact_files(plant_model()))
    assert again.gate is not None
    assert again.gate.gate == "challenger"


def test_challenger_on_few_paired_failures_leaves_the_champion() -> None:
    gate = retrained(early_champion()).gate

    assert gate is not None
    paired = next(check for check in gate.checks if check.name == "paired_failures")
    assert paired.value is not None
    assert 0 < paired.value < 50
    assert gate.verdict is Verdict.INSUFFICIENT_DATA


def test_champion_is_never_judged_on_rows_it_was_trained_on() -> None:
    champion = load_champion("v1", artifact_files(plant_model()))

    gate = retrained(champion).gate

    assert gate is not None
    assert gate.checks[0].value == 0
    assert gate.verdict is Verdict.INSUFFICIENT_DATA


def test_a_person_can_ask_for_the_small_plant_road() -> None:
    gate = retrained(early_champion(), approved_by="A. Smith").gate

    assert gate is not None
    assert (gate.gate, gate.approved_by) == ("small plant", "A. Smith")


def test_plant_without_failures_gets_an_anomaly_model_and_says_why() -> None:
    model = train(plant_frames(failing=False), FEATURES, POLICY, PARAMS)

    assert model.failure is None
    assert model.anomaly is not None
    assert model.gate is not None
    assert model.gate.gate == "anomaly model"
    assert "Isolation Forest only" in model.readiness.reasons[0]


def test_anomaly_champion_is_followed_only_with_a_persons_yes() -> None:
    frames = plant_frames(failing=False)
    policy = replace(POLICY, minimum_normal_rows=100)
    champion = load_champion("v1", artifact_files(train(frames, FEATURES, POLICY, PARAMS)))

    without, approved = (
        train(frames, FEATURES, policy, PARAMS, champion=champion, approved_by=person).gate
        for person in (None, "A. Smith")
    )

    assert without is not None
    assert approved is not None
    assert without.verdict is Verdict.INSUFFICIENT_DATA
    assert approved.verdict is Verdict.PASS


def test_policy_limits_are_priced_on_the_same_failures() -> None:
    failure = plant_model().failure
    assert failure is not None

    assert failure.stop_margin > failure.maintenance_margin
    for point in failure.policy_points:
        assert point.caught + point.missed == len(failure.evaluation.outcome.caught)


def test_golden_rows_hold_missing_values_and_alarms() -> None:
    model = plant_model()
    assert model.failure is not None
    assert model.golden.margins is not None

    assert np.isnan(model.golden.rows).any()
    assert (model.golden.margins >= model.failure.threshold).any()
    assert (model.golden.margins < model.failure.threshold).any()


def test_records_too_short_for_any_model_are_an_answer_and_not_a_crash() -> None:
    frames = plant_frames()
    until = frames.features["scored_at"].min() + pd.Timedelta(days=3)
    short = replace(
        frames,
        features=frames.features[frames.features["scored_at"] <= until],
        labels=frames.labels[frames.labels["scored_at"] <= until],
    )

    model = train(short, FEATURES, replace(POLICY, minimum_anomaly_rows=1), PARAMS)

    assert (model.failure, model.anomaly, model.gate) == (None, None, None)
    assert "collect longer" in model.readiness.reasons[1]


def test_empty_frame_is_refused() -> None:
    frames = plant_frames()
    empty = replace(frames, features=frames.features.head(0), labels=frames.labels.head(0))

    with pytest.raises(TooLittleDataError, match="holds no row"):
        train(empty, FEATURES, POLICY, PARAMS)
