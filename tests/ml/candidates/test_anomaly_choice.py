"""Forest, residual model or both: by what they find of disturbances, within one budget of alarms."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from edge_bundle.compiler.model_folder import read_model_folder
from ml.candidates.anomaly_choice import BOTH, FOREST, RESIDUAL, Blocks, Power, chosen, is_within_budget, mean_power
from ml.candidates.anomaly_model import SILENT, AnomalyModel, train_anomaly_model
from ml.candidates.residual_model import ResidualModel, fit_residuals
from ml.data.dataset import Float64, Mask, build_dataset
from ml.data.healthy import healthy_rows, healthy_split, maintenance_events
from ml.evaluation.held_out import episode_evaluator
from ml.evaluation.metrics import Proportion
from ml.evaluation.power import Flags, Found
from ml.training.artifact import artifact_files
from ml.training.stored_champion import load_champion
from ml.training.train import TrainedModel, train
from tests.support.plant_frames import PARAMS, POLICY
from tests.support.wide_plant import features_of_metrics, wide_frames

METRICS = 10
FEATURES = features_of_metrics(METRICS)


@lru_cache(maxsize=1)
def made() -> tuple[AnomalyModel, tuple[ResidualModel, ...], Blocks]:
    """Forest and residual models of a wide plant, before the choice."""
    dataset = build_dataset(wide_frames(METRICS), FEATURES, POLICY)
    none = maintenance_events(np.array([], dtype=np.str_), np.array([], dtype=np.int64))
    split = healthy_split(dataset, healthy_rows(dataset, none, POLICY), POLICY.embargo_us(FEATURES.longest_window_s))
    positions = FEATURES.indices(telemetry=True)
    forest = train_anomaly_model(dataset, split, positions, POLICY, PARAMS.anomaly)
    return forest, fit_residuals(dataset.keep(split.growing), positions), Blocks(dataset, split)


def finding(*percent: int) -> tuple[list[Flags], Power]:
    """A power that finds these percentages of shifts, one after the other, and the flags that it was asked about."""
    asked: list[Flags] = []

    def power(flags: Flags) -> tuple[Found, ...]:
        asked.append(flags)
        return (Found("shift", Proportion(percent[len(asked) - 1], 100)), Found("stuck", Proportion(0, 0)))

    return asked, power


@pytest.mark.parametrize(
    ("percent", "best"),
    [
        ((50, 50, 50), FOREST),
        ((50, 54, 54), FOREST),
        ((50, 90, 90), RESIDUAL),
        ((50, 90, 96), BOTH),
        ((90, 20, 96), BOTH),
        ((90, 20, 92), FOREST),
    ],
    ids=str,
)
def test_the_first_that_finds_more_is_chosen(percent: tuple[int, ...], best: str) -> None:
    asked, power = finding(*percent)

    found = chosen(*made(), power, POLICY)

    assert len(asked) == 3
    assert found.choice == best
    assert [each["power"] for each in found.options.values()] == [one / 100 for one in percent]
    assert len(found.beside) == (0 if best == FOREST else 2)
    assert (found.threshold == SILENT) == (best == RESIDUAL)
    assert found.power[0].found.hits == percent[(FOREST, RESIDUAL, BOTH).index(best)]


def test_each_option_is_within_the_budget_on_the_rows_that_chose_and_its_figures_are_of_all_together() -> None:
    forest, residuals, blocks = made()
    rows = blocks.choosing
    tested = blocks.dataset.keep(blocks.split.testing)

    for percent in ((0, 90, 0), (0, 0, 90)):
        found = chosen(forest, residuals, blocks, finding(*percent)[1], POLICY)

        outcome = episode_evaluator(rows, POLICY).evaluate(found.flags(rows.values))
        budget = POLICY.anomaly_alarms_per_machine_year * outcome.machine_years
        assert outcome.counts.calls + 2 <= max(budget, 2)
        assert found.choosing_alarms_per_machine_year == outcome.calls_per_machine_year
        assert found.tested.counts == episode_evaluator(tested, POLICY).evaluate(found.flags(tested.values)).counts


def test_a_silent_forest_is_scored_and_flags_nothing() -> None:
    forest, residuals, blocks = made()
    found = chosen(forest, residuals, blocks, finding(0, 90, 0)[1], POLICY)
    values = blocks.dataset.values

    alone = replace(found, beside=())

    assert (alone.score(values) > SILENT).all()
    assert not alone.flags(values).any()
    together: Mask = found.beside[0].flags(values) | found.beside[1].flags(values)
    assert np.array_equal(found.flags(values), together)
    assert together.any()


def test_an_option_beyond_the_budget_on_later_rows_is_left_out() -> None:
    forest, residuals, blocks = made()
    # A lower rank of one block alone: rows of the testing time that are all far from what is usual.
    far = replace(blocks, dataset=replace(blocks.dataset, values=_shifted(blocks)))

    found = chosen(forest, residuals, far, finding(10, 90, 90)[1], POLICY)

    assert found.choice == FOREST
    assert [each["is_within_budget"] for each in found.options.values()] == [True, False, False]
    assert is_within_budget(forest, POLICY)


def _shifted(blocks: Blocks) -> Float64:
    values = blocks.dataset.values.copy()
    places = np.flatnonzero(blocks.split.testing)[::60]
    values[places] += 50.0
    return values


def test_without_a_residual_model_or_a_disturbance_the_forest_stays() -> None:
    forest, residuals, blocks = made()

    def unknown(_flags: Flags) -> tuple[Found, ...]:
        return ()

    assert chosen(forest, (), blocks, finding(10)[1], POLICY).choice == FOREST
    assert chosen(forest, residuals, blocks, unknown, POLICY).choice == FOREST
    assert mean_power(()) == 0.0


@lru_cache(maxsize=1)
def trained() -> TrainedModel:
    return train(wide_frames(43), features_of_metrics(43), POLICY, PARAMS)


def test_a_plant_of_43_metrics_whose_forest_is_blind_gets_a_residual_model() -> None:
    model = trained()

    assert model.anomaly is not None
    assert model.gate is not None
    options = model.anomaly.options
    assert [one.entry.name for one in model.models] == ["anomaly", "residual_t2", "residual_q"]
    assert options[FOREST]["shift"] < 0.1
    assert options[RESIDUAL]["shift"] > 0.9
    assert model.anomaly.incidents is not None
    assert model.anomaly.incidents.found.hits == model.anomaly.incidents.found.total == 14
    assert model.kinds == ("anomaly",)


def test_a_champion_from_its_folder_flags_what_the_training_flagged() -> None:
    model = trained()
    champion = load_champion("v1", read_model_folder(artifact_files(model)))
    rows = build_dataset(wide_frames(43), features_of_metrics(43), POLICY)
    assert model.anomaly is not None

    flags = champion.unusual(rows, model.features.names)

    assert np.array_equal(flags, model.anomaly.flags(rows.values))
    assert flags.any()
    assert champion.kinds == ("anomaly",)


def test_a_challenger_of_the_same_rows_is_compared_by_all_its_anomaly_models() -> None:
    champion = load_champion("v1", read_model_folder(artifact_files(trained())))

    again = train(wide_frames(43), features_of_metrics(43), POLICY, PARAMS, champion=champion, approved_by="ada")

    assert again.gate is not None
    assert {check.name for check in again.gate.checks} >= {"power_shift", "known_incidents"}
