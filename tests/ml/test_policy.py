"""Policies: a plant's own costs and horizons, nothing illegal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from expectations.errors import ContractError
from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Costs
from ml.errors import FrameError
from ml.policy import US_PER_DAY, Policy


def test_policy_of_a_plant_takes_its_costs_and_grid() -> None:
    profile = replace(load_profile("azure_pdm"), costs=Costs(9_000.0, 2_000.0, 100.0), score_every_s=600)

    policy = Policy.of(profile, "7d")

    assert (policy.costs.missed_failure, policy.score_every_s) == (9_000.0, 600)
    assert (policy.label_column, policy.horizon_us) == ("failure_within_7d", 7 * US_PER_DAY)


def test_horizon_without_labels_is_refused() -> None:
    with pytest.raises(FrameError, match="has no labels within '3d'"):
        Policy.of(load_profile("azure_pdm"), "3d")


def test_a_horizon_may_be_written_in_another_unit() -> None:
    profile = load_profile("azure_pdm")

    assert Policy.of(profile, "168h") == Policy.of(profile, "7d")


def test_horizon_that_is_no_duration_is_refused() -> None:
    with pytest.raises(ContractError, match="bad duration"):
        Policy(horizon="a day")


@pytest.mark.parametrize(
    "costs",
    [
        Costs(planned_repair=20_000.0),
        Costs(false_alarm=0.0),
        Costs(planned_repair=0.0),
        Costs(overrides=(("large", Costs(false_alarm=0.0)),)),
    ],
    ids=["repair dearer than failure", "false alarms free", "repair free", "of one machine model"],
)
def test_costs_that_make_no_alarm_worth_raising_are_refused(costs: Costs) -> None:
    with pytest.raises(FrameError, match="make no alarm worth raising"):
        Policy(costs=costs)
