"""The table [anomaly] of a profile: a budget and two periods, each refused with what is legal."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from expectations.errors import ProfileError
from expectations.plant.anomaly import AnomalyRules, Period, anomaly_rules
from expectations.plant.file import load_profile
from expectations.plant.toml_reader import Section
from ml.policy import Policy

PERIODS = """
training = { from = 2024-01-01T00:00:00Z, to = 2024-03-01T00:00:00+01:00 }
threshold = { from = 2024-03-05T00:00:00Z, to = 2024-04-01T00:00:00Z }
"""


def read(text: str) -> AnomalyRules:
    document = tomllib.loads(f"[anomaly]\n{text}")
    return anomaly_rules(Section(document, "profile.toml", ProfileError).table("anomaly"))


def test_a_profile_without_the_table_states_nothing() -> None:
    profile = load_profile("azure_pdm")

    assert profile.anomaly == AnomalyRules()
    assert Policy.of(profile).healthy_periods == ()


def test_the_budget_and_both_periods_are_read() -> None:
    found = read(f"alarms_per_machine_year = 4\n{PERIODS}")

    assert found.alarms_per_machine_year == 4.0
    assert found.training == Period(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 29, 23, tzinfo=UTC))
    assert found.threshold == Period(datetime(2024, 3, 5, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("alarms_per_machine_year = 0", "alarms_per_machine_year = 0; legal: a number above 0"),
        ("alarms_per_machine_year = true", "legal: a number above 0"),
        ("budget = 4", "budget"),
        (PERIODS.splitlines()[1], "training is stated alone; legal: both training and threshold, or neither"),
        (PERIODS.replace("03-05", "02-20"), "legal: a threshold period after the training period"),
        (PERIODS.replace("04-01", "03-05"), "legal: an end after its begin"),
        ("training = { from = 2024-01-01T00:00:00Z }", "to"),
    ],
)
def test_what_is_not_legal_is_refused_with_what_is(text: str, why: str) -> None:
    with pytest.raises(ProfileError, match=why):
        read(text)
