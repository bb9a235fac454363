"""`assay models`: what the registry holds, what differs, and what changes the champion, also where it is killed."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.models import registry
from jobs.models.registered.entry import entries
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from ml.gates.registry import CHAMPION, PREVIOUS, holder
from tests.support.commands import assay, snapshot
from tests.support.model_lake import ROUNDS, clone, model_folder
from tests.support.registry_rows import champion_of, say_yes


@pytest.fixture(scope="module")
def two(sealed_lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A sealed champion, and a version of another seed that its gate said yes to. Read only."""
    settings = clone(sealed_lake, tmp_path_factory.mktemp("two"))
    say_yes(settings, assay(settings, "train", *ROUNDS, "--seed", "7").data["version"])
    return settings


@pytest.fixture
def models(two: Settings, tmp_path: Path) -> tuple[Settings, str, str]:
    """A copy of that lake, its champion and the other version."""
    settings = clone(two, tmp_path)
    first = str(champion_of(settings))
    (second,) = {row.version for row in registry.versions(load_plant(settings))} - {first}
    return settings, first, second


def test_the_list_has_each_version_with_its_state_and_bundle(models: tuple[Settings, str, str]) -> None:
    settings, first, second = models
    before = snapshot(settings.lake)

    report = assay(settings, "models", "list")

    assert {one["version"]: one["state"] for one in report.data["models"]} == {first: "champion", second: "challenger"}
    line = next(line for line in report.lines if line.startswith(first))
    assert "recall" in line
    assert line.endswith("@1.0.0+1")
    assert snapshot(settings.lake) == before


def test_a_version_is_shown_with_all_that_it_was_made_from(models: tuple[Settings, str, str]) -> None:
    settings, first, _ = models

    report = assay(settings, "models", "show", first[:6])

    known = report.data
    assert (known["version"], known["data"]["gold.machine_features"]) == (first, 0)
    assert known["libraries"]["xgboost"]
    assert known["parameters"]["failure"]["rounds"] == 12
    assert (known["gate"]["verdict"], known["folder"]["fault"]) == ("WARN", "")
    (bundle,) = (settings.lake / "bundles").glob("*.assay")
    assert [one["bundle"].replace("@", "-") for one in known["bundles"]] == [bundle.stem]
    assert any("xgboost" in line for line in report.lines)


def test_what_differs_between_two_versions_is_said_and_nothing_else(models: tuple[Settings, str, str]) -> None:
    settings, first, second = models

    found = assay(settings, "models", "diff", first, second).data["differences"]

    seeds = {path: pair for path, pair in found.items() if path.endswith("seed")}
    assert set(seeds) == {"parameters.failure.seed", "parameters.anomaly.seed"}
    assert {pair[1] for pair in seeds.values()} == {7}
    assert found["state"] == ["champion", "challenger"]
    assert not [path for path in found if path.startswith(("data.", "libraries.", "code"))]
    assert assay(settings, "models", "diff", first, first).lines[-1] == "  nothing differs"


def test_a_version_that_its_gate_refused_is_refused(sealed_lake: Settings, tmp_path: Path) -> None:
    settings = clone(sealed_lake, tmp_path)
    refused = assay(settings, "train", *ROUNDS, "--seed", "7").data["version"]

    shown = assay(settings, "models", "show", refused)

    assert shown.data["state"] == "refused"
    assert shown.data["gate"]["reasons"]
    assert all(any(reason in line for line in shown.lines) for reason in shown.data["gate"]["reasons"])


def test_promote_and_rollback_change_the_champion_and_the_states(models: tuple[Settings, str, str]) -> None:
    settings, first, second = models

    assay(settings, "models", "promote", second[:6], "--reason", "it warns earlier")
    states = {one.row.version: one.state for one in entries(load_plant(settings))}
    assay(settings, "models", "rollback", "--reason", "it cries wolf")

    assert states == {first: "previous", second: "champion"}
    assert champion_of(settings) == first
    bundle = assay(settings, "bundle", "build")
    assert "exists already" in bundle.lines[0]  # the gateways that have no later one take it


@pytest.mark.parametrize("harm", ["gone", "altered"])
def test_a_version_whose_folder_is_gone_or_altered_becomes_no_champion(
    models: tuple[Settings, str, str], harm: str
) -> None:
    settings, first, second = models
    plant = load_plant(settings)
    assay(settings, "models", "promote", second)
    break_folder(settings, first, harm)
    before = snapshot(settings.lake)

    with pytest.raises(UsageError, match="is no model folder" if harm == "gone" else "is not what was registered"):
        assay(settings, "models", "rollback", "--reason", "it cries wolf")
    with pytest.raises(UsageError, match="is no model folder" if harm == "gone" else "is not what was registered"):
        assay(settings, "models", "export", str(settings.lake.parent / "out"), first)

    assert (registry.champion(plant), snapshot(settings.lake)) == (second, before)
    assert "FOLDER GONE OR ALTERED" in next(
        line for line in assay(settings, "models", "list").lines if line.startswith(first)
    )


def test_a_version_whose_folder_is_altered_is_not_promoted(models: tuple[Settings, str, str]) -> None:
    settings, first, second = models
    break_folder(settings, second, "altered")

    with pytest.raises(UsageError, match="is not what was registered as version"):
        assay(settings, "models", "promote")

    assert champion_of(settings) == first


def test_a_retired_version_is_not_promoted_and_a_champion_is_not_retired(models: tuple[Settings, str, str]) -> None:
    settings, first, second = models
    with pytest.raises(UsageError, match=f"version {first} is champion"):
        assay(settings, "models", "retire", first, "--reason", "old")

    assay(settings, "models", "retire", second, "--reason", "not wanted")

    assert {one.row.version: one.state for one in entries(load_plant(settings))}[second] == "retired"
    with pytest.raises(UsageError, match="is retired"):
        assay(settings, "models", "promote", second)
    with pytest.raises(UsageError, match="is retired already"):
        assay(settings, "models", "retire", second, "--reason", "again")


def test_an_export_is_whole_and_its_digests_are_right(models: tuple[Settings, str, str], tmp_path: Path) -> None:
    settings, first, _ = models
    out = tmp_path / "out"

    report = assay(settings, "models", "export", str(out))
    again = assay(settings, "models", "export", str(out))

    folder = out / first
    lines = (line.split("  ") for line in (folder / "SHA256SUMS").read_text().splitlines())
    sums = {name: digest for digest, name in lines}
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(sums) == written - {"SHA256SUMS"}
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    assert json.loads((folder / "version.json").read_text())["version"] == first
    assert {"model/metrics.json", "decisions.json", "aliases.json"} <= written
    assert len(list((folder / "bundles").glob("*.assay"))) == 1
    assert (report.changed, again.changed, [path.name for path in out.iterdir()]) == (True, False, [first])


def test_an_export_overwrites_nothing(models: tuple[Settings, str, str], tmp_path: Path) -> None:
    settings, first, _ = models
    (tmp_path / "out" / first).mkdir(parents=True)
    (tmp_path / "out" / first / "mine").write_text("mine")

    with pytest.raises(UsageError, match="is there with other content"):
        assay(settings, "models", "export", str(tmp_path / "out"))

    assert (tmp_path / "out" / first / "mine").read_text() == "mine"


@pytest.mark.parametrize(
    "words", [("show",), ("diff", "a"), ("rollback",), ("list", "--reason", "x"), ("retire", "a"), ("export",)],
    ids=" ".join,
)  # fmt: skip
def test_what_is_asked_wrongly_is_told(two: Settings, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=rf"got `assay models {words[0]}.*legal: assay models {words[0]}"):
        assay(two, "models", *words)


def test_an_unknown_version_names_those_there_are(two: Settings) -> None:
    with pytest.raises(UsageError, match=rf"got version 'zz', which is none; legal: .*{champion_of(two)}"):
        assay(two, "models", "show", "zz")


@pytest.mark.parametrize("when", ["before", "during", "after"])
@pytest.mark.parametrize("action", ["promote", "rollback"])
def test_killed_at_its_commit_the_champion_is_the_old_or_the_new_one(
    models: tuple[Settings, str, str], action: str, when: str
) -> None:
    """Never a champion without the previous one that belongs to it; and the same command, run again, ends."""
    settings, first, second = models
    if action == "rollback":
        assay(settings, "models", "promote", second)
    words = ["models", action, "--reason", "a trial"]
    old, new = ({CHAMPION: first}, {CHAMPION: second, PREVIOUS: first})
    if action == "rollback":
        old, new = new, {CHAMPION: first, PREVIOUS: first}

    assert killed(settings, when, words) == -9

    assert names(settings) in {"before": [old], "during": [old, new], "after": [new]}[when]
    if names(settings) == old:
        assay(settings, *words)
    assert names(settings) == new
    assert not assay(settings, "models", "list").changed


def names(settings: Settings) -> dict[str, str]:
    history = registry.aliases(load_plant(settings))
    found = {alias: holder(history, alias) for alias in (CHAMPION, PREVIOUS)}
    return {alias: version for alias, version in found.items() if version is not None}


def killed(settings: Settings, when: str, words: list[str]) -> int:
    """The exit code of a process that is killed at its first commit."""
    keys = ("lake", "landing", "keys", "state", "plant")
    environment = os.environ | {f"ASSAY_{key.upper()}": str(getattr(settings, key)) for key in keys}
    command = [sys.executable, "-m", "tests.support.killed_job", "job", when, "1", *words]
    return subprocess.run(command, env=environment, capture_output=True, timeout=120, check=False).returncode


def break_folder(settings: Settings, version: str, harm: str) -> None:
    folder = model_folder(load_plant(settings).lake, version)
    for path in sorted(folder.iterdir()):
        if harm == "gone":
            path.unlink()
        elif path.name == "thresholds.json":
            path.write_text(path.read_text().replace("1", "2"))
