"""The real factory without failures: all six drops to gold, an anomaly model alone, and the plain reason why."""

import csv
import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_bundle.format.bundle import open_bundle
from expectations.mapping.file import load_mappings
from expectations.plant.file import load_profile
from expectations.policy.file import starting_policy
from expectations.tables.gold import PREDICTIONS
from jobs.edge.signing import load_key
from jobs.models import registry
from jobs.runtime.load_plant import load_plant
from lakehouse.engine.server import EngineAddress
from tests.support.commands import assay, snapshot
from tests.support.real_plants import DATA, RealRun, real_run, replayed

pytestmark = [pytest.mark.spark, pytest.mark.slow]
XEP = DATA / "xep_factory"
BEGAN_MS = 1_675_641_600_000  # 2023-02-06T00:00:00Z
Key = tuple[str, str, str]
Scores = dict[tuple[str, datetime], dict[str, Any]]
HOUR = timedelta(hours=1)
FIRST_WEEKS = ("_12022023", "_19022023")
Cell = tuple[Key, int | None]


@pytest.fixture(scope="module")
def xep(engine: EngineAddress, tmp_path_factory: pytest.TempPathFactory) -> RealRun:
    return real_run("xep_factory", engine, tmp_path_factory)


def counted() -> dict[str, int]:
    """The classes of all cells of all files, by Python's own csv: of several values for one key none is accepted."""
    classes: Counter[str] = Counter()
    said: dict[Key, list[int]] = defaultdict(list)
    for row, cells in rows_with_cells():
        filled = [(key, steps) for key, steps in cells if steps is not None]
        classes.update(records=len(cells), blank=len(cells) - len(filled))
        for key, steps in filled:
            if not row["Timestamp"].isdigit():
                classes["rejected"] += 1
            elif int(row["Timestamp"]) < BEGAN_MS or is_impossible(key[1], steps):
                classes["quarantined"] += 1
            else:
                said[key].append(steps)
    for values in said.values():
        is_one = len(set(values)) == 1
        classes.update(accepted=1, duplicate=len(values) - 1) if is_one else classes.update(quarantined=len(values))
    return {name: classes[name] for name in ("records", "accepted", "duplicate", "quarantined", "rejected", "blank")}


def rows_with_cells() -> Iterator[tuple[dict[str, str], list[Cell]]]:
    for path in sorted(XEP.rglob("*.csv")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                yield row, state_cells(row) if path.name.startswith("machinestatus") else vibration_cells(row)


def state_cells(row: dict[str, str]) -> list[Cell]:
    at = row["Timestamp"]
    return [
        ((name, "running_state", at), None if text in ("", "-1") else int(text))
        for name, text in row.items()
        if name.startswith("machine")
    ]


def vibration_cells(row: dict[str, str]) -> list[Cell]:
    sensor, at = row["SensorID"], row["Timestamp"]
    return [
        ((sensor, cell.metric, at), steps_of(place, row[cell.column])) for place, cell in enumerate(VIBRATION.metrics)
    ]


@cache
def steps_of(place: int, text: str) -> int | None:
    """The source sends integers in units of our resolution, so its numbers are the steps."""
    cell = VIBRATION.metrics[place]
    resolution = PROFILE.metric(cell.metric).resolution
    return int(np.rint(int(text) / cell.divisor / resolution)) if text else None


PROFILE = load_profile("xep_factory")
VIBRATION = next(mapping for mapping in load_mappings("xep_factory") if mapping.name == "vibration")


@cache
def is_impossible(metric: str, steps: int) -> bool:
    limits, resolution = PROFILE.metric(metric).limits, PROFILE.metric(metric).resolution
    least, most = limits.minimum, limits.maximum
    return (least is not None and steps * resolution < least) or (most is not None and steps * resolution > most)


def test_every_cell_of_all_files_is_accounted_for_to_the_unit(xep: RealRun) -> None:
    said = xep.report.data["steps"]["quality"]["accounting"]

    assert said == {"readings": counted()}


def test_every_file_was_read(xep: RealRun) -> None:
    ledger = xep.plant.lake.arrow(xep.plant.tables["bronze.files"]).to_pylist()

    assert {row["path"] for row in ledger} == {path.relative_to(XEP).as_posix() for path in XEP.rglob("*.csv")}
    assert len(ledger) == 12
    assert {row["outcome"] for row in ledger} <= {"read", "duplicate_file"}


def test_gold_has_a_row_for_every_machine_and_day_with_readings(xep: RealRun) -> None:
    plant = xep.plant
    silver = plant.lake.arrow(plant.tables["silver.readings"], ["machine_id", "measured_at"]).to_pylist()
    expected = {(row["machine_id"], row["measured_at"].date()) for row in silver}

    daily = plant.lake.arrow(plant.tables["gold.machine_daily"], ["machine_id", "local_date"]).to_pylist()

    assert {(row["machine_id"], row["local_date"]) for row in daily} == expected
    assert plant.lake.arrow(plant.tables["gold.machine_features"]).num_rows > 0


def test_training_says_why_there_is_no_failure_model(xep: RealRun) -> None:
    trained = xep.report.data["steps"]["train"]

    assert trained["readiness"][0].startswith("No failure is on record for a machine that has feature rows")
    assert any("no failure model" in line for line in xep.report.lines)


def test_the_anomaly_model_alone_is_champion_and_sealed(xep: RealRun) -> None:
    plant = xep.plant
    version = str(registry.champion(plant))
    row, made = registry.version(plant, version), registry.decision(plant, version, None)
    assert row is not None
    assert made is not None
    (path,) = (xep.settings.lake / "bundles").glob("*.assay")
    manifest = open_bundle(path, [load_key(xep.settings.keys).public]).manifest

    assert (row.kinds, row.horizon) == ("anomaly", None)
    assert (json.loads(made.report)["gate"], made.is_provisional) == ("anomaly model", True)
    assert [entry.name for entry in manifest.models] == ["anomaly"]
    assert "silver.machine_events" not in manifest.trained_on


def test_what_the_forest_sees_is_too_little_for_the_shipped_policy(xep: RealRun) -> None:
    plant = xep.plant
    made = registry.decision(plant, str(registry.champion(plant)), None)
    assert made is not None

    (shift,) = (check for check in json.loads(made.report)["checks"] if check["name"] == "power_shift")

    asked = next(number.value for number in starting_policy() if number.name == "least_shift_power")
    assert 0 <= shift["value"] < asked, shift["text"]


def test_scores_have_a_path_length_and_no_probability(xep: RealRun) -> None:
    rows = xep.plant.lake.arrow(PREDICTIONS).to_pylist()

    assert len(rows) == xep.plant.lake.arrow(xep.plant.tables["gold.machine_features"]).num_rows
    assert all(row["margin"] is row["probability"] is None for row in rows)
    assert all((row["path_length"] is None) == (row["not_scored_reason"] == "windows_missing") for row in rows)
    assert 0 < sum(row["path_length"] is None for row in rows) < 0.05 * len(rows)  # machines that stood still
    assert {row["decision"] for row in rows} <= {"none", "watch"}


def test_the_whole_road_again_writes_nothing(xep: RealRun) -> None:
    before = snapshot(xep.settings.lake)

    again = assay(xep.settings, "pipeline")

    assert (again.changed, snapshot(xep.settings.lake)) == (False, before)


@pytest.fixture(scope="module")
def predictions(xep: RealRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scores]:
    """Scores by source, as far as the gateway's go, after files went through its process and its uplink landed."""
    folder = tmp_path_factory.mktemp("gateway")
    settings = xep.copy(folder)
    replayed(xep, folder, replayed_files(settings.landing))
    (folder / "uplink").rename(settings.landing / "uplink")
    assay(settings, "ingest")
    assay(settings, "score")
    by_source: dict[str, Scores] = {"batch": {}, "edge": {}}
    for row in load_plant(settings).lake.arrow(PREDICTIONS).to_pylist():
        by_source[row["source"]][row["machine_id"], row["scored_at"]] = row
    newest = max(at for _, at in by_source["edge"])
    by_source["batch"] = {key: row for key, row in by_source["batch"].items() if key[1] <= newest}
    return by_source


def replayed_files(folder: Path) -> list[Path]:
    """The first two weeks; all six with FULL_SUITE, for a minute more."""
    files = sorted(folder.rglob("*.csv"))
    return files if "FULL_SUITE" in os.environ else [path for path in files if path.parent.name.endswith(FIRST_WEEKS)]


def touched_by_conflicts() -> set[tuple[str, datetime]]:
    """Grid times up to 24 h after a time with several values: the gateway may have scored by the first of them."""
    values: dict[Key, set[int]] = defaultdict(set)
    for row, cells in rows_with_cells():
        for key, steps in cells:
            if steps is not None and row["Timestamp"].isdigit() and "SensorID" in row:
                values[key].add(steps)
    touched: set[tuple[str, datetime]] = set()
    for (sensor, _, at), steps_of in values.items():
        if len(steps_of) > 1:
            moment = datetime.fromtimestamp(int(at) / 1000, UTC).replace(minute=0, second=0, microsecond=0) + HOUR
            touched |= {(VIBRATION.machine_of[sensor], moment + hours * HOUR) for hours in range(25)}
    return touched


def touched_by_late_readings() -> set[tuple[str, datetime]]:
    """Grid times that a reading came too late for, in the order of the files, and 24 h after it."""
    touched: set[tuple[str, datetime]] = set()
    newest: dict[str, datetime] = {}
    for path in (path for path in replayed_files(XEP) if path.name.startswith("vibration")):
        with path.open(newline="") as file:
            for row in csv.DictReader(file):
                if not row["Timestamp"].isdigit():
                    continue
                machine = VIBRATION.machine_of[row["SensorID"]]
                at = datetime.fromtimestamp(int(row["Timestamp"]) / 1000, UTC)
                grid = at.replace(minute=0, second=0, microsecond=0) + HOUR
                if machine in newest and grid <= newest[machine]:
                    touched |= {(machine, grid + hours * HOUR) for hours in range(25)}
                newest[machine] = max(at, newest.get(machine, at))
    return touched


def test_the_gateway_runs_the_anomaly_bundle_on_the_files(predictions: dict[str, Scores]) -> None:
    batch, edge = predictions["batch"], predictions["edge"]

    assert edge.keys() <= batch.keys()
    assert 0.99 * len(batch) < len(edge)
    assert all(row["margin"] is None for row in edge.values())
    scored = {name: sum(row["path_length"] is not None for row in rows.values()) for name, rows in predictions.items()}
    assert 0.9 * len(edge) < scored["edge"]  # a machine's first day is too short for its windows
    assert 0.99 * scored["batch"] < scored["edge"]


def test_edge_and_batch_differ_only_where_readings_came_late_or_contradict_each_other(
    predictions: dict[str, Scores],
) -> None:
    batch, edge = predictions["batch"], predictions["edge"]
    differing = {key for key, row in edge.items() if row["feature_digest"] != batch[key]["feature_digest"]}
    late = touched_by_late_readings()

    assert 0 < len(differing) < 100
    assert differing | (batch.keys() - edge.keys()) <= late | touched_by_conflicts()
    for key in edge.keys() - differing:
        assert edge[key]["path_length"] == batch[key]["path_length"]
        assert edge[key]["decision"] == batch[key]["decision"]
