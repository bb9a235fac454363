"""A metric's column that a file may do without, at the edge: blank where it is absent, as in bronze."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TypeGuard

import pytest

from edge_bundle.format.pipeline import MetricColumn, Source, TimeRule
from edge_bundle.gateway.clocks.clock import VirtualClock
from edge_bundle.gateway.errors import SourceError
from edge_bundle.gateway.input.files import records
from edge_bundle.gateway.input.interpreter import Interpreter
from edge_bundle.gateway.input.records import Fault, Item, Reading
from tests.edge_bundle.gateway.plants import US, small_pipeline

METRICS = (MetricColumn("t", "temperature", "C"), MetricColumn("v", "vibration", "mm/s", optional=True))
ROW = {"at": "2023-01-01T00:00:00Z", "s": "s1", "m": "m1", "t": 20.5, "v": 1.5}


def source(file_format: str) -> Source:
    return Source(
        "wide", "readings", ("*",), file_format, "wide_by_metric", TimeRule("at", "zoned"),
        columns={"sensor_id": "s", "machine_id": "m"}, constants={"factory_id": "f1"}, metrics=METRICS,
    )  # fmt: skip


def items(folder: Path, source: Source, *rows: dict[str, object]) -> Counter[str]:
    """The kinds of items in a file of these rows."""
    path = folder / "file"
    if source.format == "csv":
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
        path.write_text("\n".join([*lines, ""]))
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    interpreter = Interpreter(small_pipeline(), source, VirtualClock(1_700_000_000 * US))
    found = [
        item
        for record in records(path, source, 1 << 20, {})
        if not isinstance(record, Fault)
        for item in interpreter.read(record)
    ]
    return Counter(item.code if isinstance(item, Fault) else item.metric for item in found if is_known(item))


def is_known(item: Item) -> TypeGuard[Fault | Reading]:
    return isinstance(item, (Fault, Reading))


def without(*names: str) -> dict[str, object]:
    return {name: value for name, value in ROW.items() if name not in names}


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_an_absent_column_is_blank_and_a_present_one_is_read(tmp_path: Path, file_format: str) -> None:
    assert items(tmp_path, source(file_format), without("v"), without("v")) == Counter(temperature=2, blank=2)
    assert items(tmp_path, source(file_format), ROW) == Counter(temperature=1, vibration=1)


def test_a_column_that_is_not_optional_is_missed(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="column 't' of source wide is missing"):
        items(tmp_path, source("csv"), without("t"))


def test_a_file_without_any_column_of_readings_is_refused(tmp_path: Path) -> None:
    all_optional = replace(source("csv"), metrics=tuple(replace(cell, optional=True) for cell in METRICS))

    with pytest.raises(SourceError, match="no column with readings of source wide is there"):
        items(tmp_path, all_optional, without("t", "v"))


def test_a_record_without_any_field_of_readings_is_one_fault(tmp_path: Path) -> None:
    assert items(tmp_path, source("jsonl"), without("t", "v")) == Counter(missing_field=1)


def test_an_absent_field_of_an_object_is_blank_beside_others(tmp_path: Path) -> None:
    assert items(tmp_path, source("jsonl"), without("t")) == Counter(vibration=1, blank=1)
