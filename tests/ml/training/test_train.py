"""One training, end to end: the same frames give the same files, and the gate that fits decides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from edge_bundle.compiler.model_folder import read_model_folder
from expectations.model_folder.folder import files_sha256
from expectations.plant.plant_profile import Costs
from ml.data.dataset import TrainingFrames, build_dataset
from ml.data.failure_events import to_us
from ml.errors import TooLittleDataError
from ml.evaluation.by_chance import Chance
from ml.gates.comparison import Candidate, failure_chance
from ml.gates.failure_gate import GateReport, Verdict
from ml.models.champion import Champion, FailureChampion
from ml.training.artifact import artifact_files
from ml.training.stored_champion import load_champion
from ml.training.train import TrainedModel, train
from tests.support.plant_frames import FEATURES, PARAMS, POLICY, plant_frames, plant_model, shuffled


def retrained(champion: Champion, approved_by: str | None = None) -> TrainedModel:
    frames = plant_frames()
    return train(frames, FEATURES, POLICY, PARAMS, champion=champion, approved_by=approved_by)


def early_champion() -> Champion:
    """A champion that knows the first 35 days only."""
    early = until(plant_frames(), 35)
    return load_champion("v1", read_model_folder(artifact_files(train(early, FEATURES, POLICY, PARAMS))))


def test_two_trainings_on_shuffled_frames_give_the_same_files() -> None:
    frames = plant_frames()

    again = artifact_files(train(shuffled(frames), FEATURES, POLICY, PARAMS))

    assert again == artifact_files(plant_model())


def test_who_listens_hears_of_every_origin_and_changes_no_file() -> None:
    told: list[tuple[str, int | None, int | None]] = []

    def notify(step: str, done: int | None = None, total: int | None = None) -> None:
        told.append((step, done, total))

    heard = train(plant_frames(), FEATURES, POLICY, PARAMS, notify=notify)

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


@pytest.mark.parametrize(("threshold", "caught"), [(np.inf, "0/"), (-np.inf, "")], ids=["raises nothing", "always"])
def test_a_champion_whose_alarms_tell_nothing_is_known_by_chance(threshold: float, caught: str) -> None:
    early, model = early_champion(), plant_model()
    assert early.failure is not None
    assert model.failure is not None
    evaluation, embargo_us = model.failure.evaluation, POLICY.embargo_us(FEATURES.longest_window_s)
    dataset = build_dataset(plant_frames(), FEATURES, POLICY)
    candidate = Candidate(dataset, FEATURES.names, dataset.labelled, model.models, embargo_us)

    def chance(of: FailureChampion) -> Chance:
        return failure_chance(candidate, evaluation, of, POLICY)

    found = chance(replace(early.failure, threshold=threshold))

    assert found.tells_nothing
    assert str(found.recall).startswith(caught)
    assert not chance(early.failure).tells_nothing


def test_champion_is_never_judged_on_rows_it_was_trained_on() -> None:
    champion = load_champion("v1", read_model_folder(artifact_files(plant_model())))

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


def until(frames: TrainingFrames, days: int) -> TrainingFrames:
    """The rows and labels of the first days."""
    last = frames.features["scored_at"].min() + pd.Timedelta(days=days)
    return replace(
        frames,
        features=frames.features[frames.features["scored_at"] <= last],
        labels=frames.labels[frames.labels["scored_at"] <= last],
    )


def values(gate: GateReport | None) -> dict[str, float | None]:
    assert gate is not None
    return {check.name: check.value for check in gate.checks}


def test_anomaly_champion_is_followed_only_on_new_rows_and_with_a_persons_yes() -> None:
    frames, policy = plant_frames(failing=False), replace(POLICY, minimum_normal_rows=1_000)
    champion = load_champion(
        "v1", read_model_folder(artifact_files(train(until(frames, 45), FEATURES, POLICY, PARAMS)))
    )

    without, approved = (
        train(frames, FEATURES, policy, PARAMS, champion=champion, approved_by=person).gate
        for person in (None, "A. Smith")
    )

    assert without is not None
    assert approved is not None
    assert (without.verdict, without.gate) == (Verdict.INSUFFICIENT_DATA, "small plant")
    assert without.reasons == ("nobody has approved it yet",)
    assert (approved.verdict, approved.reasons) == (Verdict.PASS, ())


def test_the_rows_that_an_anomaly_champion_was_made_from_are_not_new() -> None:
    frames = plant_frames(failing=False)
    champion = load_champion("v1", read_model_folder(artifact_files(train(frames, FEATURES, POLICY, PARAMS))))
    policy = replace(POLICY, minimum_normal_rows=0)

    gate = train(frames, FEATURES, policy, PARAMS, champion=champion, approved_by="A. Smith").gate

    assert gate is not None
    assert gate.verdict is Verdict.INSUFFICIENT_DATA
    assert values(gate)["normal_rows"] == 0


@pytest.mark.parametrize(
    ("days", "bound"), [(45, "candidate's threshold"), (55, "champion's last row")], ids=["old", "young"]
)
def test_new_normal_rows_lie_beyond_all_that_either_forest_was_made_from(days: int, bound: str) -> None:
    frames = plant_frames(failing=False)
    old = train(until(frames, days), FEATURES, POLICY, PARAMS)
    champion = load_champion("v1", read_model_folder(artifact_files(old)))

    new = train(frames, FEATURES, POLICY, PARAMS, champion=champion, approved_by="A. Smith")

    assert new.anomaly is not None
    scored_us = to_us(frames.features["scored_at"])
    embargo_us = POLICY.embargo_us(FEATURES.longest_window_s)
    bounds = {
        "candidate's threshold": new.anomaly.tested_from_us,
        "champion's last row": old.trained_until_us + embargo_us,
    }
    whole = frames.features[sorted(FEATURES.telemetry)].notna().all(axis=1)  # no forest scores the others
    known = (scored_us <= scored_us.max() - POLICY.horizon_us) & whole
    assert values(new.gate)["normal_rows"] == (known & (scored_us >= bounds[bound])).sum() > 0
    assert bounds[bound] == max(bounds.values())


def test_challenger_passes_on_enough_new_failures_and_normal_rows() -> None:
    policy = replace(POLICY, paired_failures=5, minimum_normal_rows=1_000, anomaly_alarms_per_machine_year=60.0)
    champion = early_champion()

    gate = train(plant_frames(), FEATURES, policy, PARAMS, champion=champion).gate

    assert gate is not None
    assert gate.gate == "challenger"
    assert (values(gate)["normal_rows"] or 0) > 1_000
    assert {check.name for check in gate.checks if check.verdict is Verdict.INSUFFICIENT_DATA} == set()
    assert "forest_normal_rows" in values(gate)


def test_a_feature_more_is_no_reason_to_crash_or_to_refuse() -> None:
    frames = plant_frames()
    wide = replace(frames, features=frames.features.assign(pressure_mean_6h=1.0))
    features = replace(FEATURES, names=("pressure_mean_6h", *FEATURES.names))
    champion = early_champion()

    gate = train(wide, features, POLICY, PARAMS, champion=champion).gate

    old = retrained(champion).gate
    assert gate is not None
    assert old is not None
    assert gate.gate == "challenger"
    assert values(gate)["paired_failures"] == values(old)["paired_failures"]


def test_a_feature_less_is_refused_and_no_crash() -> None:
    frames = plant_frames()
    narrow = replace(FEATURES, names=FEATURES.names[1:], telemetry=frozenset({"noise_mean_6h"}))

    gate = train(frames, narrow, POLICY, PARAMS, champion=early_champion()).gate

    assert gate is not None
    assert (gate.gate, gate.verdict) == ("comparison", Verdict.INSUFFICIENT_DATA)
    assert "heat_mean_6h, which the data no longer hold" in gate.reasons[0]


def test_a_version_of_another_horizon_does_not_follow() -> None:
    gate = train(
        plant_frames(), FEATURES, replace(POLICY, horizon="7d"), PARAMS, champion=early_champion(), approved_by="Ada"
    ).gate

    assert gate is not None
    assert (gate.gate, gate.verdict, gate.approved_by) == ("comparison", Verdict.FAIL, "Ada")
    assert any("train with --horizon 24h" in reason for reason in gate.reasons)


def test_a_version_that_lost_its_failure_model_does_not_follow() -> None:
    poor = replace(POLICY, minimum_train_failures=900)

    model = train(plant_frames(), FEATURES, poor, PARAMS, champion=early_champion(), approved_by="A. Smith")

    assert model.failure is None
    assert model.anomaly is not None
    assert model.gate is not None
    assert model.gate.verdict is Verdict.FAIL
    assert "would lose its failure model" in model.gate.reasons[0]


def test_policy_limits_are_priced_on_the_same_failures() -> None:
    failure = plant_model().failure
    assert failure is not None

    assert failure.stop.margin > failure.maintenance_margin
    for point in failure.policy_points:
        assert point.caught + point.missed == failure.choice.failures


def test_prices_of_a_machine_model_move_the_threshold_and_its_costs() -> None:
    frames = plant_frames()
    models = dict.fromkeys(frames.features["machine_id"].unique(), "large")
    costs = Costs(overrides=(("large", Costs(missed_failure=4_000.0, false_alarm=9_000.0)),))

    noisy = frames.features.assign(
        heat_mean_6h=frames.features["heat_mean_6h"] + np.random.default_rng(3).normal(0, 4, len(frames.features))
    )
    frames = replace(frames, features=noisy, models=models)
    plain = train(frames, FEATURES, POLICY, PARAMS).failure
    priced = train(frames, FEATURES, replace(POLICY, costs=costs), PARAMS).failure

    assert plain is not None
    assert priced is not None
    missed = len(plain.evaluation.outcome.caught)
    assert (plain.evaluation.never_cost, priced.evaluation.never_cost) == (missed * 15_000, missed * 4_000)
    assert priced.threshold > plain.threshold


def test_golden_rows_hold_missing_values_and_alarms() -> None:
    model = plant_model()
    assert model.failure is not None

    assert np.isnan(model.golden.rows).any()
    assert (model.golden.scores["failure_24h"] >= model.failure.threshold).any()
    assert (model.golden.scores["failure_24h"] < model.failure.threshold).any()


def test_records_too_short_for_any_model_are_an_answer_and_not_a_crash() -> None:
    short = until(plant_frames(), 3)

    model = train(short, FEATURES, replace(POLICY, minimum_anomaly_rows=1), PARAMS)

    assert (model.failure, model.anomaly, model.gate) == (None, None, None)
    assert "collect longer" in model.readiness.reasons[1]


def test_empty_frame_is_refused() -> None:
    frames = plant_frames()
    empty = replace(frames, features=frames.features.head(0), labels=frames.labels.head(0))

    with pytest.raises(TooLittleDataError, match="holds no row"):
        train(empty, FEATURES, POLICY, PARAMS)
