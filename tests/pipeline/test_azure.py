"""The Azure slice through the whole pipeline: tables, a provisional champion, a bundle; and again: nothing moves."""

import json
import platform
import shutil
import struct
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from edge_bundle.compiler.kernel.build import build_runner
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.kernel import ARCHITECTURES
from expectations.tables.gold import MODEL_ALIASES, MODEL_VERSIONS, PREDICTIONS
from jobs.bundle import public_bytes
from jobs.edge.sealing import kernel_folder
from jobs.keys import load_key
from jobs.models import registry
from jobs.models.folders import model_folder
from jobs.runtime.engine.server import EngineAddress
from jobs.runtime.plant import load_plant
from jobs.runtime.settings import Settings
from tests.support.commands import assay, snapshot
from tests.support.real_plants import RealRun, csv_rows, real_run

pytestmark = [pytest.mark.spark, pytest.mark.slow]
MACHINES, HOURS = 20, 2160
QEMU = {"aarch64": "qemu-aarch64-static", "armv7": "qemu-arm-static"}


@pytest.fixture(scope="module")
def azure(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> RealRun:
    return real_run("azure_pdm", engine, tmp_path_factory)


def bundle_of(settings: Settings) -> Path:
    (path,) = (settings.lake / "bundles").glob("*.assay")
    return path


def opened(settings: Settings) -> TrustedBundle:
    return open_bundle(bundle_of(settings), [public_bytes(load_key(settings.keys))])


def test_every_table_of_gold_is_there(azure: RealRun) -> None:
    plant = azure.plant
    counts = {name: plant.lake.arrow(table).num_rows for name, table in plant.tables.items() if table.layer == "gold"}

    assert counts["gold.machine_features"] == counts["gold.failure_labels"] == MACHINES * HOURS
    assert counts["gold.predictions"] == MACHINES * HOURS
    # From 06:00 of 1 January to 05:00 of 1 April: 91 dates.
    assert (counts["gold.machine_daily"], counts["gold.factory_daily"]) == (MACHINES * 91, 91)
    assert (counts["gold.model_versions"], counts["gold.gate_decisions"], counts["gold.model_aliases"]) == (1, 1, 2)
    assert all(count > 0 for count in counts.values()), counts


def test_the_champion_is_provisional_and_its_recall_has_an_interval(azure: RealRun) -> None:
    plant = azure.plant
    version = str(registry.champion(plant))
    made, row = registry.decision(plant, version, None), registry.version(plant, version)
    assert made is not None
    assert row is not None
    events = json.loads(row.metrics)["failure"]["events"]

    assert (made.is_promoted, made.is_provisional, json.loads(made.report)["gate"]) == (True, True, "first champion")
    assert 5 <= events["tested_failures"] < 50
    assert 0 < events["recall_low"] < events["recall"] < events["recall_high"] < 1
    assert events["recall"] == events["caught_failures"] / events["tested_failures"]
    assert row.kinds == "failure, anomaly"


def test_the_bundle_holds_both_models_within_its_size(azure: RealRun) -> None:
    manifest = opened(azure.settings).manifest

    assert {entry.name: entry.n_trees for entry in manifest.models} == {"failure_24h": 500, "anomaly": 100}
    assert bundle_of(azure.settings).stat().st_size <= 2_300_000
    assert manifest.golden.count > 100


def test_every_record_is_accounted_for_against_pythons_own_csv(azure: RealRun) -> None:
    said = azure.report.data["steps"]["quality"]["accounting"]
    files = {"errors": "errors", "failures": "failures", "machines": "machines", "maint": "maintenance"}
    counted = {feed: sum(1 for _ in csv_rows(f"azure_pdm/PdM_{name}.csv")) for name, feed in files.items()}
    counted["readings"] = 4 * sum(1 for _ in csv_rows("azure_pdm/PdM_telemetry.csv"))

    assert {feed: classes["records"] for feed, classes in said.items()} == counted
    for feed, classes in said.items():
        assert classes["records"] == sum(count for name, count in classes.items() if name != "records"), feed
    assert said["readings"]["accepted"] == azure.plant.lake.arrow(azure.plant.tables["silver.readings"]).num_rows


def test_events_stand_in_silver_as_often_as_the_files_say(azure: RealRun) -> None:
    kinds = {
        "error": ("PdM_errors", "errorID"),
        "failure": ("PdM_failures", "failure"),
        "maintenance": ("PdM_maint", "comp"),
    }
    expected = {
        kind: len({(row["machineID"], row[code], row["datetime"]) for row in csv_rows(f"azure_pdm/{file}.csv")})
        for kind, (file, code) in kinds.items()
    }

    events = azure.plant.lake.arrow(azure.plant.tables["silver.machine_events"], ["kind"]).column("kind").to_pylist()

    assert Counter(events) == expected


def test_the_whole_road_again_writes_nothing(azure: RealRun) -> None:
    before = {name: snapshot(getattr(azure.settings, name)) for name in ("lake", "landing", "keys")}

    again = assay(azure.settings, "pipeline")

    assert not again.changed
    assert {name: snapshot(getattr(azure.settings, name)) for name in before} == before


def test_at_a_later_clock_only_the_check_of_ages_is_new(azure: RealRun, tmp_path: Path) -> None:
    settings = azure.copy(tmp_path)
    before = snapshot(settings.lake)

    again = assay(settings, "pipeline", as_of="2026-04-02T00:00:00Z")

    new = {path for path, stamp in snapshot(settings.lake).items() if before.get(path) != stamp}
    assert [name for name, step in again.data["steps"].items() if step["changed"]] == ["quality"]
    assert {path for path in new if path.startswith(("bronze", "silver", "gold"))} == {
        path for path in new if path.startswith("gold/freshness")
    } | ({"gold"} & new)


def test_trained_anew_it_is_the_same_version_in_the_same_bytes(azure: RealRun, tmp_path: Path) -> None:
    settings = azure.copy(tmp_path)
    version = str(registry.champion(azure.plant))
    files = {path.name: path.read_bytes() for path in model_folder(azure.plant.lake, version).iterdir()}
    for name in ("gold/model_versions", "gold/model_aliases", "gold/gate_decisions", "models", "bundles"):
        shutil.rmtree(settings.lake / name)

    for words in (("train",), ("promote",), ("bundle", "build")):
        assay(settings, *words)

    plant = load_plant(settings)
    assert registry.champion(plant) == version
    assert {path.name: path.read_bytes() for path in model_folder(plant.lake, version).iterdir()} == files
    assert bundle_of(settings).read_bytes() == bundle_of(azure.settings).read_bytes()


def test_fewer_trees_are_a_challenger_that_the_data_cannot_decide_on(azure: RealRun, tmp_path: Path) -> None:
    settings = azure.copy(tmp_path)
    champion = registry.champion(azure.plant)

    report = assay(settings, "pipeline", "--rounds", "30")

    steps = report.data["steps"]
    assert (steps["train"]["verdict"], steps["promote"]["verdict"]) == ("INSUFFICIENT_DATA", "INSUFFICIENT_DATA")
    assert steps["promote"]["reasons"]
    assert registry.champion(load_plant(settings)) == champion
    assert [load_plant(settings).lake.arrow(table).num_rows for table in (MODEL_VERSIONS, MODEL_ALIASES)] == [2, 3]
    assert {path.name for path in (settings.lake / "bundles").iterdir()} == {bundle_of(azure.settings).name}


def test_predictions_are_of_the_bundle_and_ask_for_more_where_a_failure_is_near(azure: RealRun) -> None:
    plant = azure.plant
    scored = plant.lake.arrow(PREDICTIONS).to_pylist()
    labels = plant.lake.arrow(plant.tables["gold.failure_labels"]).to_pylist()
    soon = {(row["machine_id"], row["scored_at"]): row["failure_within_24h"] for row in labels}
    margins: dict[int | None, list[float]] = {0: [], 1: [], None: []}
    for row in scored:
        margins[soon[row["machine_id"], row["scored_at"]]].append(row["margin"])

    mean = {label: sum(values) / len(values) for label, values in margins.items() if values}
    assert {row["bundle"] for row in scored} == {"azure_pdm@1.0.0+1"}
    assert mean[1] > mean[0] + 1


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_champions_golden_rows_hold_on_every_architecture(azure: RealRun, tmp_path: Path, arch: str) -> None:
    command = [] if platform.machine() == arch else [shutil.which(QEMU[arch]) or ""]
    if command == [""]:
        pytest.skip(f"{QEMU[arch]} is not installed (Debian package qemu-user-static)")
    bundle = opened(azure.settings)
    golden = bundle.manifest.golden
    rows, program = bundle.member(golden.rows), build_runner(tmp_path, arch)
    for entry in bundle.manifest.models:
        blob = bundle.member(entry.file)
        request = struct.pack("<QQ", len(blob), golden.count) + blob + rows

        done = subprocess.run([*command, str(program)], input=request, capture_output=True, check=True)

        assert done.stdout == bundle.member(golden.scores[entry.name]), entry.name


def test_the_kernels_in_the_bundle_are_those_that_setup_built(azure: RealRun) -> None:
    bundle = opened(azure.settings)
    for path in bundle.manifest.paths_of("kernel"):
        assert bundle.member(path) == (kernel_folder() / Path(path).name).read_bytes()
