"""The gateway's interpreter against bronze's readers, on all records of whole plants: the same rows and counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bronze.readers import read_records
from edge_bundle.format.pipeline import MachineRecord, Pipeline
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.input.files import records, source_of
from edge_bundle.gateway.input.interpreter import Interpreter
from edge_bundle.gateway.input.records import Event, Fault, Item, Reading
from edge_bundle.gateway.input.source_columns import other_units
from expectations.mapping.file import load_mappings
from expectations.mapping.mapping import Mapping
from expectations.plant.file import load_profile
from jobs.edge.pipeline_document import pipeline_of
from tests.edge_bundle.gateway.plants import US

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW_US = 1_800_000_000 * US
REAL = ("azure_pdm", "xep_factory")
FEEDS = ("readings", "machines", "maintenance", "failures", "errors")
CENTRAL = {"answers", "heartbeats", "certificates"}


def is_always_read(path: Path) -> bool:
    """The states of machines are six large files of one form."""
    return not path.name.startswith("machinestatus") or path.stem.endswith("_12022023")


ONE_OF_SIX = pytest.mark.skipif(
    "FULL_SUITE" not in os.environ, reason="six weeks of one form take a minute: set FULL_SUITE; the first always"
)
FILES = [
    pytest.param(plant, path, id=f"{plant}/{path.name}", marks=[] if is_always_read(path) else [ONE_OF_SIX])
    for plant in REAL
    for path in sorted((DATA / plant).rglob("*.csv"))
]
# Faults that silver finds, not bronze: at the edge both are one step.
SILVER = {"unknown_metric", "unknown_unit", "clock_suspect", "value_out_of_range"}


@dataclass(frozen=True)
class Sorted:
    """What became of a file's records; a reading's value stands as its steps."""

    rows: Counter[Any]
    blank: int
    set_aside: int
    rejected: int


def plant_pipeline(plant: str) -> tuple[Pipeline, dict[str, Mapping]]:
    mappings = tuple(mapping for mapping in load_mappings(plant) if mapping.feed.name in FEEDS)
    return pipeline_of(load_profile(plant), mappings, []), {mapping.name: mapping for mapping in mappings}


def ours(pipeline: Pipeline, path: Path) -> Sorted:
    source = source_of(pipeline, path)
    interpreter = Interpreter(pipeline, source, VirtualClock(NOW_US))
    items: list[Item] = []
    for record in records(path, source, 1 << 20, other_units(pipeline, source)):
        items += [record] if isinstance(record, Fault) else interpreter.read(record)
    rows = Counter(row_of(item) for item in items if not isinstance(item, Fault))
    faults = Counter(item.code for item in items if isinstance(item, Fault))
    blank, set_aside = faults.pop("blank", 0), sum(faults.pop(code, 0) for code in SILVER)
    return Sorted(rows, blank, set_aside, faults.total())


def row_of(item: Item) -> tuple[Any, ...]:
    if isinstance(item, MachineRecord):
        return item.machine_id, item.factory_id, item.machine_model, tuple(sorted(item.attributes.items()))
    assert isinstance(item, (Reading, Event))
    return tuple(item) if isinstance(item, Reading) else tuple(item)[1:]


def theirs(pipeline: Pipeline, mapping: Mapping, path: Path) -> Sorted:
    rows: Counter[Any] = Counter()
    blank = set_aside = rejected = 0
    with path.open("rb") as stream:
        for batch in read_records(stream, mapping):
            read = batch.rows.to_pylist()
            good = [row for row in read if is_good(pipeline, mapping, row)]
            rows.update(bronze_row(pipeline, mapping, row) for row in good)
            set_aside += len(read) - len(good)
            blank += batch.blank
            rejected += sum(batch.rejected["record_count"].to_pylist())
    return Sorted(rows, blank, set_aside, rejected)


def is_good(pipeline: Pipeline, mapping: Mapping, row: dict[str, Any]) -> bool:
    """Whether silver would find metric, unit and time in order."""
    at = row[mapping.feed.time]
    latest_us = NOW_US + pipeline.ahead_s * US
    if at is not None and not pipeline.plant_began_us <= micros(row, mapping.feed.time) <= latest_us:
        return False
    if mapping.feed.name != "readings":
        return True
    rule = pipeline.metrics.get(row["metric"])
    return rule is not None and row["unit"] in rule.units


def micros(row: dict[str, Any], name: str) -> int:
    at: datetime = row[name]
    return (at - EPOCH) // timedelta(microseconds=1)


def bronze_row(pipeline: Pipeline, mapping: Mapping, row: dict[str, Any]) -> tuple[Any, ...]:
    if mapping.feed.name == "machines":
        attributes = json.loads(row["attributes"] or "{}")
        return row["machine_id"], row["factory_id"], row["machine_model"], tuple(sorted(attributes.items()))
    if mapping.feed.name != "readings":
        return row["machine_id"], row["code"], micros(row, "occurred_at"), row["factory_id"]
    rule = pipeline.metrics[row["metric"]]
    factor, offset = rule.units[row["unit"]]
    value = row["value"] if row["unit"] == rule.unit else row["value"] * factor + offset
    steps = round(value / rule.resolution)
    names = ("sensor_id", "metric", "machine_id", "factory_id")
    sensor_id, metric, machine_id, factory_id = (row[name] for name in names)
    return sensor_id, metric, micros(row, "measured_at"), machine_id, factory_id, steps


@pytest.mark.slow
@pytest.mark.parametrize(("plant", "path"), FILES)
def test_every_record_of_a_real_file_means_the_same_at_the_edge(plant: str, path: Path) -> None:
    pipeline, mappings = plant_pipeline(plant)
    mapping = mappings[source_of(pipeline, path).name]

    assert ours(pipeline, path) == theirs(pipeline, mapping, path)


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated plant's landing folder: garbage, half files, wrong types, wrong clocks."""
    folder = tmp_path_factory.mktemp("messy")
    words = ["--landing", str(folder / "landing"), "--truth", str(folder / "truth"), "--days", "10", "--machines", "6"]
    subprocess.run([sys.executable, "-m", "simulator", *words], check=True, capture_output=True, cwd=ROOT)
    return folder / "landing"


def test_every_record_of_a_messy_plant_means_the_same_at_the_edge(messy: Path) -> None:
    """Parquet and zstd are left out: a device cannot read them. So are feeds that no device has a use for."""
    pipeline, mappings = plant_pipeline("simulated")
    plain = [path for path in sorted(messy.rglob("*")) if path.suffix in {".csv", ".jsonl", ".gz"}]
    files = [path for path in plain if path.parent.name not in CENTRAL]
    found = {path: ours(pipeline, path) for path in files}
    expected = {path: theirs(pipeline, mappings[source_of(pipeline, path).name], path) for path in files}

    assert [path.name for path in files if found[path] != expected[path]] == []
    assert sum(one.rejected for one in found.values()) > 10
    assert sum(one.set_aside for one in found.values()) > 10
