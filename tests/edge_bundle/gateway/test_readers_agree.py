"""The gateway's interpreter against bronze's readers, on all records of the real files: the same rows and counts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bronze.readers import read_records
from edge_bundle.format.pipeline import MachineRecord, Pipeline
from edge_bundle.gateway.files import records, source_of
from edge_bundle.gateway.interpreter import Interpreter
from edge_bundle.gateway.records import BLANK, Event, Fault, Item, Reading
from expectations.mapping import Mapping, load_mappings
from expectations.plant import load_profile
from tests.edge_bundle.gateway.plants import US, pipeline_of

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
NOW_US = 1_800_000_000 * US
PLANTS = ("azure_pdm", "xep_factory")
FEEDS = ("readings", "machines", "maintenance", "failures", "errors")
FILES = [
    pytest.param(plant, path, id=f"{plant}/{path.name}")
    for plant in PLANTS
    for path in sorted((DATA / plant).rglob("*.csv"))
]
# Faults that silver finds, not bronze: at the edge both are one step.
SILVER = {"unknown_metric", "unknown_unit", "clock_suspect", "value_out_of_range"}


def plant_pipeline(plant: str) -> tuple[Pipeline, dict[str, Mapping]]:
    mappings = tuple(mapping for mapping in load_mappings(plant) if mapping.feed.name in FEEDS)
    return pipeline_of(load_profile(plant), mappings), {mapping.name: mapping for mapping in mappings}


def ours(pipeline: Pipeline, path: Path) -> tuple[Counter[Any], int, int]:
    """Rows, blanks, rejected records; a value stands as its steps."""
    source = source_of(pipeline, path)
    interpreter = Interpreter(pipeline, source, lambda: NOW_US)
    items: list[Item] = []
    for record in records(path, source, 1 << 20):
        items += [record] if isinstance(record, Fault) else interpreter.read(record)
    rows = Counter(row_of(item) for item in items if not isinstance(item, Fault))
    rejected = sum(isinstance(item, Fault) and item != BLANK and item.code not in SILVER for item in items)
    return rows, items.count(BLANK), rejected


def row_of(item: Item) -> tuple[Any, ...]:
    if isinstance(item, MachineRecord):
        return item.machine_id, item.factory_id, item.machine_model, tuple(sorted(item.attributes.items()))
    assert isinstance(item, (Reading, Event))
    return tuple(item) if isinstance(item, Reading) else tuple(item)[1:]


def theirs(pipeline: Pipeline, mapping: Mapping, path: Path) -> tuple[Counter[Any], int, int]:
    rows: Counter[Any] = Counter()
    blank = rejected = 0
    with path.open("rb") as stream:
        for batch in read_records(stream, mapping):
            rows.update(bronze_row(pipeline, mapping, row) for row in batch.rows.to_pylist())
            blank += batch.blank
            rejected += sum(batch.rejected["record_count"].to_pylist())
    return rows, blank, rejected


def micros(row: dict[str, Any], name: str) -> int:
    return int(row[name].timestamp() * 1000 + 0.5) * 1000


def bronze_row(pipeline: Pipeline, mapping: Mapping, row: dict[str, Any]) -> tuple[Any, ...]:
    if mapping.feed.name == "machines":
        attributes = json.loads(row["attributes"] or "{}")
        return row["machine_id"], row["factory_id"], row["machine_model"], tuple(sorted(attributes.items()))
    if mapping.feed.name != "readings":
        return row["machine_id"], row["code"], micros(row, "occurred_at")
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
