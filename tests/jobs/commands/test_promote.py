"""`assay promote`: only what a gate agreed to becomes champion."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from expectations.plant.file import profile_folder
from jobs import cli
from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from lakehouse.errors import GateRefused, UsageError
from tests.support.commands import assay, snapshot
from tests.support.model_lake import ROUNDS, model_settings
from tests.support.registry_rows import champion_of, crown, say_yes

pytestmark = pytest.mark.spark


def test_a_provisional_champion_is_named_so_with_its_interval(champion: Settings) -> None:
    plant = load_plant(champion)
    version = str(champion_of(champion))
    made, row = registry.decision(plant, version, None), registry.version(plant, version)
    assert made is not None
    assert row is not None
    events = json.loads(row.metrics)["failure"]["events"]

    assert (made.is_promoted, made.is_provisional) == (True, True)
    assert 0 < events["recall_low"] < events["recall"] <= events["recall_high"] <= 1
    assert events["tested_failures"] >= 5


def test_promoting_the_champion_again_writes_nothing(champion: Settings) -> None:
    before = snapshot(champion.lake)

    again = assay(champion, "promote")

    assert (again.changed, snapshot(champion.lake)) == (False, before)


def test_a_refused_challenger_leaves_the_champion_and_says_why(challenged: tuple[Settings, str, str]) -> None:
    settings, first, second = challenged
    before = snapshot(settings.lake)

    with pytest.raises(GateRefused) as refused:
        assay(settings, "promote")

    assert (refused.value.data["version"], refused.value.data["verdict"]) == (second, "INSUFFICIENT_DATA")
    assert any("failures since the champion was trained" in reason for reason in refused.value.data["reasons"])
    assert (champion_of(settings), snapshot(settings.lake)) == (first, before)


def test_a_refusal_is_exit_code_3_with_its_reasons_in_the_json_line(
    challenged: tuple[Settings, str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, _, second = challenged
    for name in ("lake", "landing", "keys", "state", "plant", "engine"):
        monkeypatch.setenv(f"ASSAY_{name.upper()}", str(getattr(settings, name)))

    code = cli.main(["promote", "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["exit_code"], answer["version"]) == (3, 3, second)
    assert answer["reasons"]


def test_a_version_judged_against_an_old_champion_has_to_be_judged_anew(challenged: tuple[Settings, str, str]) -> None:
    settings, first, second = challenged
    crown(settings, second)
    third = assay(settings, "train", *ROUNDS, "--seed", "8").data["version"]
    crown(settings, first)

    with pytest.raises(UsageError, match=rf"{third} was never compared with champion {first}; run `assay train`"):
        assay(settings, "promote")


def test_training_again_judges_it_and_promote_has_an_answer(challenged: tuple[Settings, str, str]) -> None:
    settings, first, second = challenged
    crown(settings, second)
    third = assay(settings, "train", *ROUNDS, "--seed", "8").data["version"]
    crown(settings, first)

    assay(settings, "train", *ROUNDS, "--seed", "8")

    with pytest.raises(GateRefused, match=third):
        assay(settings, "promote")


def test_where_the_policy_asks_a_persons_name_is_needed_and_goes_into_the_registry(
    challenged: tuple[Settings, str, str], tmp_path: Path
) -> None:
    settings, first, second = challenged
    settings = _asking(settings, tmp_path)
    say_yes(settings, second)
    before = snapshot(settings.lake)

    with pytest.raises(GateRefused, match=f"assay promote --version {second} --approved-by NAME") as refused:
        assay(settings, "promote", "--approved-by", " ")
    assert (champion_of(settings), snapshot(settings.lake)) == (first, before)
    assay(settings, "promote", "--approved-by", "Ada", "--reason", "looked at its card")

    assert refused.value.data["approval"]["version"] == second
    assert champion_of(settings) == second
    reason = registry.aliases(load_plant(settings))[-1].reason
    assert "approved by Ada; looked at its card" in reason


def test_a_persons_yes_does_not_overrule_the_gate(challenged: tuple[Settings, str, str], tmp_path: Path) -> None:
    settings, first, _ = challenged

    with pytest.raises(GateRefused) as refused:
        assay(_asking(settings, tmp_path), "promote", "--approved-by", "Ada")

    assert "approval" not in refused.value.data
    assert champion_of(settings) == first


def _asking(settings: Settings, folder: Path) -> Settings:
    """The same plant, whose policy asks for a person."""
    copy = folder / Path(settings.plant).name
    shutil.copytree(profile_folder(settings.plant), copy)
    policy = '[promotion_approvals]\nvalue = 1\nunit = "persons"\nsource = "the works council"\n'
    with (copy / "policy.toml").open("a", encoding="utf-8") as out:
        out.write(policy)
    return replace(settings, plant=str(copy))


def test_an_accepted_challenger_is_champion_and_the_old_one_previous(challenged: tuple[Settings, str, str]) -> None:
    settings, first, second = challenged
    say_yes(settings, second)

    report = assay(settings, "promote", "--reason", "it warns earlier")

    plant = load_plant(settings)
    assert (report.changed, champion_of(settings)) == (True, second)
    assert [(row.alias, row.version) for row in registry.aliases(plant)][-2:] == [
        ("champion", second),
        ("previous", first),
    ]
    assert registry.aliases(plant)[-1].reason == "gate: PASS; it warns earlier"


def test_an_unknown_version_is_told(champion: Settings) -> None:
    with pytest.raises(UsageError, match="there is no version 'v9'"):
        assay(champion, "promote", "--version", "v9")


def test_nothing_trained_is_told(engine: EngineAddress, tmp_path: Path) -> None:
    settings = model_settings(tmp_path, engine.remote)

    with pytest.raises(UsageError, match="there is no trained version; run `assay train` first"):
        assay(settings, "promote")
    with pytest.raises(UsageError, match="there is no champion to seal"):
        assay(settings, "bundle", "build")
