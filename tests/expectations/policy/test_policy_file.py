"""A plant's policy is a file: every number with unit and source, and a wrong one is refused by name."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from expectations.errors import PolicyError
from expectations.plant.file import PLANTS, load_profile
from expectations.policy.file import load_policy, starting_policy
from jobs.runtime.settings import Settings
from jobs.runtime.settings_shown import shown
from ml.errors import FrameError
from ml.policy import Policy

OWN = '[least_lead_hours]\nvalue = 12\nunit = "h"\nsource = "shift plan of 2026-03"\n'
OF_THE_PROFILE = {"horizon", "score_every_s", "costs", "healthy_periods"}


def plant(folder: Path, policy: str | None) -> str:
    """A plant of its own with this policy."""
    home = folder / "mill"
    shutil.copytree(PLANTS / "azure_pdm", home)
    if policy is not None:
        (home / "policy.toml").write_text(policy)
    return str(home)


def test_every_number_of_the_policy_is_in_the_shipped_file_with_unit_meaning_and_source() -> None:
    names = {field.name for field in fields(Policy)} - OF_THE_PROFILE

    assert {number.name for number in starting_policy()} == names
    for number in starting_policy():
        assert number.least <= number.value <= number.most
        assert all((number.unit, number.meaning, number.source))
        assert getattr(Policy(), number.name) == number.value


def test_a_plants_own_number_is_in_force_and_the_others_are_the_shipped_ones(tmp_path: Path) -> None:
    name = plant(tmp_path, OWN)

    found = Policy.of(load_profile(name), numbers=load_policy(name))

    assert (found.least_lead_hours, found.paired_failures) == (12.0, Policy().paired_failures)
    assert Policy.of(load_profile(name), numbers=load_policy(plant(tmp_path / "other", None))).least_lead_hours == 4.0


def test_settings_show_each_number_with_unit_source_and_origin(tmp_path: Path) -> None:
    report = shown(Settings(plant=plant(tmp_path, OWN)))

    (line,) = [line for line in report.lines if line.startswith("least_lead_hours")]
    assert "12.0 h" in line
    assert "[file mill/policy.toml]" in line
    assert line.endswith("source: shift plan of 2026-03")
    data = json.loads(json.dumps(report.data))["policy"]
    assert set(data) == {number.name for number in starting_policy()}
    assert data["least_lead_hours"]["source"] == "shift plan of 2026-03"


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("[least_led]\nvalue = 1\n", "unknown number 'least_led'; legal: alarm_clear_s"),
        (OWN.replace('"h"', '"min"'), "unit = 'min'; legal: 'h'"),
        (OWN.replace("shift plan of 2026-03", " "), "source is empty"),
        (OWN.replace("12", "-1"), "value = -1; legal: 0 to 8760 h"),
        (OWN.replace("12", "nan"), "value = nan; legal"),
        (OWN.replace("12", '"12"'), "is not of type"),
        (OWN.replace("12", "true"), "is not of type"),
        ('[paired_failures]\nvalue = 5.5\nunit = "failures"\nsource = "x"\n', "value = 5.5 is not of type"),
        ("[least_lead_hours]\nvalue = 12\n", "missing key 'unit'"),
        (OWN + "note = 1\n", "unknown key 'note'"),
        ("least_lead_hours = 12\n", "is not of type"),
        ("[least_lead_hours\n", "not TOML"),
    ],
    ids=["name", "unit", "source", "range", "nan", "text", "bool", "part", "missing", "key", "bare", "toml"],
)
def test_a_wrong_policy_is_refused_with_what_is_legal(tmp_path: Path, policy: str, words: str) -> None:
    name = plant(tmp_path, policy)

    with pytest.raises(PolicyError) as raised:
        load_policy(name)

    assert words in str(raised.value)
    assert "mill/policy.toml" in str(raised.value)
    assert shown(Settings(plant=name)).lines[-1] == f"no policy can be shown: {raised.value}"


def test_two_numbers_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    name = plant(tmp_path, '[stop_probability]\nvalue = 0.5\nunit = "fraction"\nsource = "x"\n')

    with pytest.raises(FrameError, match=r"maintenance_probability 0.8 is not below stop_probability 0.5"):
        Policy.of(load_profile(name), numbers=load_policy(name))
