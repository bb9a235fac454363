"""Exports into MLflow's store; what needs MLflow runs where `MLFLOW_PYTHON` names an interpreter that has it."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.models.mlflow_store.export import PROGRAM, put_into_mlflow
from jobs.models.registered.export import exported
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from tests.support.commands import assay
from tests.support.mlflow_store import MISSING, PYTHON, empty_store, killed_at_each_call, read_back
from tests.support.model_lake import ROUNDS, clone
from tests.support.registry_rows import champion_of, crown

by_mlflow = pytest.mark.skipif(PYTHON is None, reason=MISSING)
NAME = "azure_pdm"


def export(settings: Settings, folder: Path, store: Path, *version: str, python: str | None = PYTHON) -> Any:
    return assay(settings, "models", "export", str(folder), *version, "--mlflow", str(store), "--mlflow-python",
                 str(python))  # fmt: skip


def test_without_its_environment_nothing_is_written_and_the_command_that_makes_it_is_named(
    sealed_lake: Settings, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"no MLflow at .*/absent/python: run `make mlflow` in .*--mlflow-python"):
        export(sealed_lake, tmp_path / "out", tmp_path / "mlflow.db", python=str(tmp_path / "absent" / "python"))

    assert list(tmp_path.iterdir()) == []


def test_an_interpreter_without_mlflow_is_refused(sealed_lake: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no MLflow at"):
        export(sealed_lake, tmp_path / "out", tmp_path / "mlflow.db", python=sys.executable)


@pytest.mark.parametrize("words", [("list", "--mlflow", "a.db"), ("export", "a", "--mlflow-python", "python")])
def test_the_options_are_refused_where_nothing_goes_into_a_store(sealed_lake: Settings, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=rf"got `assay models {words[0]} .*--mlflow.*; legal: assay models {words[0]}"):
        assay(sealed_lake, "models", *words)


@pytest.mark.parametrize("store", ["sqlite:///a.db", "http://host:5000", "."])
def test_a_store_that_is_no_file_is_refused_before_anything_is_written(
    sealed_lake: Settings, tmp_path: Path, store: str
) -> None:
    with pytest.raises(UsageError, match=r"got --mlflow .*; legal: a file of SQLite"):
        export(sealed_lake, tmp_path / "out", Path(store), python=sys.executable)

    assert list(tmp_path.iterdir()) == []


@by_mlflow
def test_versions_are_in_the_store_once_and_its_aliases_follow_ours(sealed_lake: Settings, tmp_path: Path) -> None:
    settings, store = clone(sealed_lake, tmp_path / "plane"), tmp_path / "mlflow" / "mlflow.db"
    first = str(champion_of(settings))

    report = export(settings, tmp_path / "one", store)
    again = export(settings, tmp_path / "one", store)

    assert (report.data["mlflow"]["number"], report.data["mlflow"]["added"], report.changed) == (1, True, True)
    assert (again.data["mlflow"]["added"], again.changed) == (False, False)
    found = read_back(store)
    assert (found["models"], found["runs"]) == ({NAME: {"champion": "1"}}, 1)
    _check_version(found["versions"][0], tmp_path / "one" / first)

    second = assay(settings, "train", *ROUNDS, "--seed", "7").data["version"]
    crown(settings, second)
    export(settings, tmp_path / "two", store, second)

    found = read_back(store)
    assert (found["models"], found["runs"]) == ({NAME: {"champion": "2", "previous": "1"}}, 2)
    _check_version(found["versions"][1], tmp_path / "two" / second)

    export(settings, tmp_path / "three", store, first)

    found = read_back(store)
    assert [one["tags"]["assay.version"] for one in found["versions"]] == [first, second]
    assert [one["tags"]["assay.state"] for one in found["versions"]] == ["previous", "champion"]
    _check_version(found["versions"][0], tmp_path / "three" / first)


@by_mlflow
def test_a_version_with_other_files_is_refused(sealed_lake: Settings, tmp_path: Path) -> None:
    plant, store = load_plant(sealed_lake), tmp_path / "mlflow" / "mlflow.db"
    report = exported(plant, tmp_path / "one", None)
    put_into_mlflow(plant, report, store, Path(str(PYTHON)))
    before = read_back(store)
    altered = shutil.copytree(report.data["folder"], tmp_path / "altered")
    document = json.loads((altered / "version.json").read_text())
    document["folder"]["sha256"] = "0" * 64
    (altered / "version.json").write_text(json.dumps(document))

    with pytest.raises(UsageError, match=r"is in .* with other files .*: a version never changes; name another store"):
        put_into_mlflow(plant, replace(report, data={"folder": altered}), store, Path(str(PYTHON)))

    assert read_back(store) == before


@by_mlflow
def test_killed_before_any_of_its_writes_and_asked_again_there_is_one_version_whole(
    sealed_lake: Settings, tmp_path: Path
) -> None:
    folder = exported(load_plant(sealed_lake), tmp_path / "one", None).data["folder"]
    request = {"folder": str(folder), "name": NAME, "holders": {"champion": folder.name}}

    stores = killed_at_each_call(PROGRAM, empty_store(tmp_path / "empty" / "mlflow.db"), request)

    assert len(stores) > 8
    for store in stores:
        found = read_back(store)
        assert (found["models"], found["runs"]) == ({NAME: {"champion": "1"}}, 1), store
        (version,) = found["versions"]
        _check_version(version, folder)


def _check_version(found: dict[str, Any], folder: Path) -> None:
    """What the store has of a version is what the exported folder has."""
    document = json.loads((folder / "version.json").read_text())
    assert (found["status"], found["source"]) == ("FINISHED", True)
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    digests = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    assert {name: sha256 for name, sha256 in found["files"].items() if name != "SHA256SUMS"} == digests
    assert found["tags"].items() <= found["run_tags"].items()
    assert found["tags"]["assay.code"] == document["code"]
    assert found["tags"]["assay.artifact_sha256"] == document["folder"]["sha256"]
    assert found["tags"]["assay.bundle"] == (document["bundles"][-1]["bundle"] if document["bundles"] else "")
    data = {f"assay.data.{name}": str(version) for name, version in document["data"].items()}
    assert data
    assert data.items() <= found["tags"].items()
    assert {f"libraries.{name}": version for name, version in document["libraries"].items()}.items() <= (
        found["params"].items()
    )
    events = document["metrics"]["failure"]["events"]
    assert found["metrics"]["failure.events.recall"] == events["recall"]
