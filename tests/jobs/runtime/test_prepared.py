"""Every table is in a lake after its first run, empty where nothing came; lakes of before get what they lack."""

import argparse
import logging
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from expectations.tables.contract import Table
from jobs.commands import sql as query_tables
from jobs.ingest.job import ingest_new
from jobs.ingest.new_files import Admission
from jobs.runtime.load_plant import load_plant
from jobs.runtime.prepared import open_plant, prepare
from jobs.runtime.settings import Settings
from lakehouse.commits import commit_files
from lakehouse.plant import Plant
from lakehouse.storage.places import storage_at
from lakehouse.writing.tables import make_table
from tests.support.small_plant import write_small_plant

REPO = Path(__file__).parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing").mkdir()
    plant = str(write_small_plant(tmp_path))
    return Settings(lake=tmp_path / "lake", landing=tmp_path / "landing", plant=plant, state=tmp_path / "state")


def versions(plant: Plant) -> dict[str, int | None]:
    return {name: plant.lake.version(table) for name, table in plant.tables.items()}


def test_the_first_run_makes_every_table_though_nothing_has_landed(settings: Settings) -> None:
    ingest_new(settings, Admission())

    plant = load_plant(settings)
    assert set(versions(plant).values()) == {0}
    for name, table in plant.tables.items():
        delta = DeltaTable(plant.lake.path(table))
        assert [field.name for field in delta.schema().fields] == list(table.column_names)
        assert delta.metadata().name == name
        assert delta.metadata().partition_columns == list(table.partition_by)
        assert delta.to_pyarrow_table().num_rows == 0


def test_the_next_run_writes_nothing(settings: Settings) -> None:
    open_plant(settings)
    before = {path: path.stat().st_mtime_ns for path in settings.lake.rglob("*")}

    assert prepare(load_plant(settings)) == []

    assert {path: path.stat().st_mtime_ns for path in settings.lake.rglob("*")} == before


@pytest.mark.parametrize("made", [0, 1, 12, 25])
def test_what_a_killed_run_left_out_is_made_by_the_next(made: int, settings: Settings) -> None:
    plant = load_plant(settings)
    for table in list(plant.tables.values())[:made]:
        make_table(plant.lake, table)
    (settings.lake / "gold" / "predictions" / "_delta_log").mkdir(parents=True, exist_ok=True)

    open_plant(settings)

    assert set(versions(plant).values()) == {0}


@pytest.mark.parametrize("number", [1, 2, 13, 26])
def test_a_job_killed_when_it_has_made_some_tables_leaves_the_rest_to_the_next(number: int, settings: Settings) -> None:
    places = {f"ASSAY_{name.upper()}": str(getattr(settings, name)) for name in ("lake", "landing", "plant", "state")}
    command = [sys.executable, "-m", "tests.support.killed_job", "job", "made", str(number), "ingest"]

    done = subprocess.run(command, cwd=REPO, env=os.environ | places, check=False)

    assert done.returncode == -signal.SIGKILL
    plant = load_plant(settings)
    assert sum(version is not None for version in versions(plant).values()) == number
    open_plant(settings)
    assert set(versions(plant).values()) == {0}


def test_a_table_that_lost_its_words_gets_them_again_once(settings: Settings) -> None:
    plant = open_plant(settings)
    table = plant.tables["gold.freshness"]
    shutil.rmtree(plant.lake.path(table))
    make_table(plant.lake, replace(table, description="Ages"))

    assert prepare(plant) == ["gold.freshness"]
    assert prepare(plant) == []
    assert DeltaTable(plant.lake.path(table)).metadata().description == table.description


def test_a_damaged_table_is_logged_and_stops_no_other(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    plant = open_plant(settings)
    folder = Path(plant.lake.path(plant.tables["gold.predictions"]))
    (folder / commit_files(storage_at(folder))[0]).write_text("no JSON")
    shutil.rmtree(plant.lake.path(plant.tables["gold.freshness"]))

    with caplog.at_level(logging.WARNING):
        assert prepare(plant) == ["gold.freshness"]

    assert "gold.predictions cannot be prepared" in caplog.text


def test_no_question_ends_in_a_table_that_is_not_there(settings: Settings) -> None:
    plant = open_plant(settings)

    for name in plant.tables:
        args = argparse.Namespace(query=f"SELECT * FROM {name}", csv=False, json=True)
        report = query_tables.run(args, settings)
        assert report.data == {"columns": list(plant.tables[name].column_names), "rows": []}


@pytest.mark.spark
def test_spark_opens_empty_tables_of_every_kind(spark: SparkSession, settings: Settings) -> None:
    plant = open_plant(settings)

    for table in of_every_kind(plant):
        frame = spark.read.format("delta").load(plant.lake.path(table))
        assert (frame.columns, frame.count()) == (list(table.column_names), 0)
        assert plant.lake.read(spark, table).count() == 0


def of_every_kind(plant: Plant) -> list[Table]:
    """Tables that have every type and every partitioning of the plant's; each takes an engine a second."""
    seen, found = set[object](), list[Table]()
    for table in plant.tables.values():
        kinds = {table.partition_by, *(column.type for column in table.columns)}
        if not kinds <= seen:
            found.append(table)
            seen |= kinds
    return found
