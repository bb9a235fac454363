"""Parameters that a person turns: within their limits, named in the registry, and another version."""

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from expectations.plant.file import load_profile
from expectations.policy.file import load_policy, set_by, starting_policy
from jobs.models.parameters import LIMITS, Limits, starting_params, with_changes
from jobs.models.training import MOST_ROUNDS, training_job
from jobs.models.wish import Wish
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from jobs.runtime.training_arguments import add_training_arguments
from lakehouse.errors import UsageError
from ml.candidates.anomaly_model import AnomalyParams
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from ml.training.train import TrainingParams
from tests.support.commands import assay
from tests.support.model_lake import ROUNDS, clone
from tests.support.registry_rows import champion_of

DEFAULT = TrainingParams(FailureParams(), AnomalyParams())


def test_each_parameter_can_be_turned_and_nothing_else_moves() -> None:
    for name, limits in LIMITS.items():
        model, parameter = name.split(".")
        text = f"{name}={limits.least:g}"

        before, after = asdict(DEFAULT), asdict(with_changes(DEFAULT, [text]))

        assert after[model].pop(parameter) == limits.least
        assert type(before[model].pop(parameter)) is (int if limits.is_whole else float)
        assert after == before


STATED: dict[str, tuple[Any, str]] = {
    "rounds": (7, "trees"), "max_depth": (2, "levels"), "eta": (0.3, "ratio"), "gamma": (0.7, "loss"),
    "min_child_weight": (3.0, "weight"), "subsample": (0.5, "fraction"), "colsample_bytree": (0.6, "fraction"),
    "alternatives": (2, "alternatives"),
}  # fmt: skip
"""What a policy may state behind ``booster_``: a value, and its unit."""


def test_a_plants_trainings_start_from_what_its_policy_states_and_what_is_given_by_hand_wins(
    sealed_lake: Settings,
) -> None:
    stated: dict[str, object] = {
        f"booster_{name}": {"value": value, "unit": unit, "source": "x"} for name, (value, unit) in STATED.items()
    }
    usual = load_plant(sealed_lake)
    plant = replace(usual, policy=set_by(stated, "policy.toml"))

    found = training_job(plant, Wish("24h"))
    by_hand = training_job(plant, Wish("24h", 12, changes=("failure.max_depth=4",)))

    expected = FailureParams(**{name: value for name, (value, _) in STATED.items()})
    assert found.params == TrainingParams(expected)
    assert by_hand.params.failure == replace(expected, rounds=12, max_depth=4, alternatives=0)
    assert found.version != training_job(usual, Wish("24h")).version


def test_a_plant_that_states_nothing_starts_from_the_usual_and_the_simulated_one_from_shallow_trees() -> None:
    shallow = replace(FailureParams(), rounds=50, max_depth=3)

    for name, expected in (("azure_pdm", FailureParams()), ("xep_factory", FailureParams()), ("simulated", shallow)):
        policy = Policy.of(load_profile(name), numbers=load_policy(name))
        assert starting_params(policy) == TrainingParams(expected)


def test_the_limits_are_the_same_in_the_policy_and_by_hand() -> None:
    numbers = {number.name: number for number in starting_policy()}
    limits = {name.removeprefix("failure."): each for name, each in LIMITS.items()}
    limits["rounds"] = Limits(1, MOST_ROUNDS, is_whole=True)

    for name in STATED:
        number = numbers[f"booster_{name}"]
        assert (number.least, number.most) == (limits[name].least, limits[name].most)
        assert isinstance(number.value, int) == limits[name].is_whole


def test_what_is_stated_is_trained_and_not_an_alternative_to_it() -> None:
    usual = TrainingParams(FailureParams(alternatives=1), AnomalyParams())

    assert with_changes(usual, []).failure.alternatives == 1
    assert with_changes(usual, ["anomaly.trees=20"]).failure.alternatives == 1
    assert with_changes(usual, ["failure.eta=0.3"]).failure.alternatives == 0
    assert with_changes(usual, ["failure.alternatives=2,failure.eta=0.3"]).failure.alternatives == 2


def test_of_a_name_the_last_counts() -> None:
    found = with_changes(DEFAULT, ["failure.eta=0.3", " failure.eta = 0.05 "])

    assert found.failure.eta == 0.05
    assert with_changes(DEFAULT, ["failure.eta=0.3, failure.max_depth=4,", ""]) == with_changes(
        DEFAULT, ["failure.eta=0.3", "failure.max_depth=4"]
    )
    assert with_changes(DEFAULT, []) == DEFAULT


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("eta=0.1", "unknown parameter 'eta'; legal: failure.max_depth, "),
        ("failure.seed=3", "unknown parameter 'failure.seed'"),
        ("failure.eta", "got ''; legal: a number from 0.001 to 1"),
        ("failure.eta=0", "got 0; legal: a number from 0.001 to 1"),
        ("failure.eta=nan", "got nan; legal: a number from 0.001 to 1"),
        ("failure.subsample=1.01", "got 1.01; legal: a number from 0.01 to 1"),
        ("failure.max_depth=4.5", "got '4.5'; legal: a whole number from 1 to 12"),
        ("anomaly.trees=1e9", "got '1e9'; legal: a whole number from 1 to 1000"),
    ],
)
def test_what_is_not_legal_is_told_with_what_is(change: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        with_changes(DEFAULT, [change])

    assert str(refused.value).startswith(f"--set {change}: {words}")


def test_a_training_by_hand_with_other_parameters_is_a_version_that_differs_in_them(
    sealed_lake: Settings, tmp_path: Path
) -> None:
    settings = clone(sealed_lake, tmp_path)
    champion = str(champion_of(settings))

    stated = ("--set", "failure.max_depth=2,failure.alternatives=1", "--set", "anomaly.trees=20")
    wanted = (*stated, "--reason", "shallow trees")
    version = assay(settings, "train", *ROUNDS, *wanted).data["version"]

    found = assay(settings, "models", "diff", champion, version).data["differences"]
    turned = {path: pair for path, pair in found.items() if path.startswith("parameters.")}
    assert turned == {
        "parameters.anomaly.trees": [100, 20],
        "parameters.failure.alternatives": [0, 1],
        "parameters.failure.max_depth": [8, 2],
    }
    shown = assay(settings, "models", "show", version)
    assert shown.data["gate"]["asked_for"] == "shallow trees"
    (taken,) = (one for one in shown.data["metrics"]["failure"]["boosters"] if one["is_chosen"])
    assert f"  taken of 2 that were tried: {taken['words']}" in shown.lines
    assert champion_of(settings) == champion
    assert not assay(settings, "train", *ROUNDS, *wanted).changed


def test_rounds_that_are_no_number_are_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_training_arguments(parser)

    with pytest.raises(SystemExit):
        parser.parse_args(["--rounds=many"])

    assert "'many' is no whole number; legal: one, or nothing for the policy's" in capsys.readouterr().err
