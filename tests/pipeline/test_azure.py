"""The Azure slice through the whole pipeline: tables, a provisional champion, a bundle; and again: nothing moves."""

import json
import os
import platform
import shutil
import struct
import subprocess
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from edge_bundle.compiler.kernel.build import build_runner
from edge_bundle.format.bundle import TrustedBundle, open_bundle
from edge_bundle.format.kernel import ARCHITECTURES
from expectations.plant.file import load_profile
from expectations.tables.gold import MODEL_ALIASES, MODEL_VERSIONS, PREDICTIONS
from jobs.edge.sealing import kernel_folder
from jobs.edge.signing import load_key
from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from jobs.runtime.settings import Settings
from lakehouse.engine.server import EngineAddress
from tests.support.commands import assay, snapshot
from tests.support.model_lake import model_folder
from tests.support.published import built_tables, repeated_keys, unaudited
from tests.support.real_plants import RealRun, csv_rows, real_run

pytestmark = [pytest.mark.spark, pytest.mark.slow]
MACHINES, HOURS = 20, 2160
CLASSES = ("records", "accepted", "duplicate", "quarantined", "rejected", "blank")
PROFILE = load_profile("azure_pdm")
QEMU = {"aarch64": "qemu-aarch64-static", "armv7": "qemu-arm-static"}


@pytest.fixture(scope="module")
def azure(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> RealRun:
    return real_run("azure_pdm", engine, tmp_path_factory).own(tmp_path_factory.mktemp("azure"))


def bundle_of(settings: Settings) -> Path:
    (path,) = (settings.lake / "bundles").glob("*.assay")
    return path


def opened(settings: Settings) -> TrustedBundle:
    return open_bundle(bundle_of(settings), [load_key(settings.keys).public])


def test_every_table_of_gold_is_there(azure: RealRun) -> None:
    plant = azure.plant
    counts = {name: plant.lake.arrow(table).num_rows for name, table in plant.tables.items() if table.layer == "gold"}

    assert counts["gold.machine_features"] == counts["gold.failure_labels"] == MACHINES * HOURS
    assert counts["gold.predictions"] == MACHINES * HOURS
    # From 06:00 of 1 January to 05:00 of 1 April: 91 dates.
    assert (counts["gold.machine_daily"], counts["gold.factory_daily"]) == (MACHINES * 91, 91)
    assert (counts["gold.model_versions"], counts["gold.gate_decisions"], counts["gold.model_aliases"]) == (1, 1, 2)
    # The profile of this plant has no prices, no counters and no safety functions; no record says why work was done;
    # no clock is wrong.
    assert {name for name, count in counts.items() if not count} == {
        "gold.alarm_stages", "gold.clock_suspects", "gold.counter_daily", "gold.counter_increments",
        "gold.interventions",
        "gold.maintenance_savings", "gold.missed_failure_features", "gold.missed_failures", "gold.model_performance",
        "gold.predictions_quarantine", "gold.safety_response", "gold.safety_tests", "gold.shadow_predictions",
        "gold.storage_costs",
    }  # fmt: skip


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

    assert {entry.name: entry.n_trees for entry in manifest.models} == {
        "failure_24h": 500, "anomaly": 100, "residual_t2": 0, "residual_q": 0,
    }  # fmt: skip
    assert bundle_of(azure.settings).stat().st_size <= 2_300_000
    assert manifest.golden.count > 100


def counted_readings() -> dict[str, int]:
    """The classes of all telemetry cells, by Python's own csv: of several values for one key the largest stands."""
    metrics = {"volt": "voltage", "rotate": "rotation", "pressure": "pressure", "vibration": "vibration"}
    classes: Counter[str] = Counter()
    said: dict[tuple[str, str, datetime], list[int]] = defaultdict(list)
    for row in csv_rows("azure_pdm/PdM_telemetry.csv"):
        at = time_of(row["datetime"])
        for column, metric in metrics.items():
            value = number_of(row[column])
            classes["records"] += 1
            if row[column] == "":
                classes["blank"] += 1
            elif value is None or at is None:
                classes["rejected"] += 1
            elif at < PROFILE.began_at or is_impossible(metric, value):
                classes["quarantined"] += 1
            else:
                steps = int(np.rint(value / PROFILE.metric(metric).resolution))
                said[row["machineID"], metric, at].append(steps)
    for values in said.values():
        equal = values.count(max(values))
        classes.update(accepted=1, duplicate=equal - 1, quarantined=len(values) - equal)
    return {name: classes[name] for name in CLASSES}


def is_impossible(metric: str, value: float) -> bool:
    limits = PROFILE.metric(metric).limits
    assert limits.minimum is not None
    assert limits.maximum is not None
    return not limits.minimum <= value <= limits.maximum


def counted_events(file: str, code: str) -> dict[str, int]:
    """The classes of a list of events: what is unreadable, what is older than the plant, what was said before."""
    classes: Counter[str] = Counter()
    seen: set[tuple[str, str, datetime]] = set()
    for row in csv_rows(f"azure_pdm/{file}.csv"):
        at = time_of(row["datetime"])
        if at is None or not row["machineID"] or not row[code]:
            fate = "rejected"
        elif at < PROFILE.began_at:
            fate = "quarantined"
        else:
            key = (row["machineID"], row[code], at)
            fate = "duplicate" if key in seen else "accepted"
            seen.add(key)
        classes.update(["records", fate])
    return {name: classes[name] for name in CLASSES}


def counted_machines() -> dict[str, int]:
    """The classes of the list of machines, which has no times: a machine once, equal rows repeat it."""
    rows = [tuple(row.values()) for row in csv_rows("azure_pdm/PdM_machines.csv")]
    assert len({row[0] for row in rows}) == len(set(rows)), "two rows contradict each other"
    found = {"records": len(rows), "accepted": len(set(rows)), "duplicate": len(rows) - len(set(rows))}
    return {name: found.get(name, 0) for name in CLASSES}


def time_of(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def number_of(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def test_every_record_is_accounted_for_to_the_unit_against_pythons_own_csv(azure: RealRun) -> None:
    said = azure.report.data["steps"]["quality"]["accounting"]

    assert said == {
        "errors": counted_events("PdM_errors", "errorID"),
        "failures": counted_events("PdM_failures", "failure"),
        "machines": counted_machines(),
        "maintenance": counted_events("PdM_maint", "comp"),
        "readings": counted_readings(),
    }
    assert said["readings"]["accepted"] == azure.plant.lake.arrow(azure.plant.tables["silver.readings"]).num_rows


def test_each_commit_that_changed_rows_is_audited_and_no_key_stands_twice(azure: RealRun) -> None:
    """Of the tables of models and scores too."""
    built = {table.name for table in built_tables(azure.plant)}

    assert list(unaudited(azure.plant)) == []
    assert repeated_keys(azure.plant) == {}
    assert {"gold.predictions", "gold.model_versions", "gold.data_quality", "gold.freshness"} <= built


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
    """The first time again, interventions note that they have seen the scores: their rows are the same."""
    assert not assay(azure.settings, "pipeline").changed
    before = {name: snapshot(getattr(azure.settings, name)) for name in ("lake", "landing", "keys")}

    again = assay(azure.settings, "pipeline")

    assert not again.changed
    assert {name: snapshot(getattr(azure.settings, name)) for name in before} == before


def test_at_a_later_clock_only_what_became_late_is_new_and_later_still_nothing(azure: RealRun, tmp_path: Path) -> None:
    settings = azure.copy(tmp_path)
    before = snapshot(settings.lake)

    again = assay(settings, "pipeline", as_of="2026-04-02T00:00:00Z")

    new = {path for path, stamp in snapshot(settings.lake).items() if before.get(path) != stamp}
    assert [name for name, step in again.data["steps"].items() if step["changed"]] == ["quality"]
    assert {path for path in new if path.startswith(("bronze", "silver", "gold"))} == {
        path for path in new if path.startswith("gold/freshness")
    } | ({"gold"} & new)
    standing = snapshot(settings.lake)
    assert not assay(settings, "pipeline", as_of="2026-04-03T00:00:00Z").changed
    assert snapshot(settings.lake) == standing


@pytest.mark.skipif("FULL_SUITE" not in os.environ, reason="set FULL_SUITE; a small lake is trained anew always")
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
