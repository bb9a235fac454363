"""The benchmark of one machine: its plant is legal, and every row of its file becomes rows of gold."""

from pathlib import Path

from bench.one_machine import JOBS, measure
from expectations.plant.file import load_profile
from expectations.tables.registry import tables
from lakehouse.lake import Lake


def test_every_row_reaches_gold(tmp_path: Path) -> None:
    seconds = measure(tmp_path, metrics=2, rows=30)

    lake, table = Lake(tmp_path / "lake"), tables(load_profile(tmp_path / "plant"))
    assert tuple(seconds) == JOBS
    assert lake.row_count(table["silver.readings"]) == 60
    assert lake.row_count(table["gold.machine_features"]) == 30
