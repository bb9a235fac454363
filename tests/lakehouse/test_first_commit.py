"""An empty table is what delta-rs makes of the same contract, and every writer goes on with it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, Schema, write_deltalake

from expectations.plant.file import PLANTS, load_profile
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from expectations.tables.registry import tables
from lakehouse.commits import read_commit
from lakehouse.descriptions import fields_of
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from lakehouse.writing.tables import make_table

SHIPPED = sorted(path.parent.name for path in PLANTS.glob("*/profile.toml"))
OF_THE_MOMENT = ("id", "createdTime")


def actions(folder: str) -> dict[str, Any]:
    lines = (Path(folder) / "_delta_log" / f"{0:020d}.json").read_text().splitlines()
    return {name: action for line in lines for name, action in json.loads(line).items()}


def made_by_delta_rs(table: Table, folder: Path, configuration: dict[str, str]) -> dict[str, Any]:
    DeltaTable.create(
        str(folder), Schema(fields_of(table)), name=table.name, description=table.description,
        partition_by=list(table.partition_by), configuration=configuration,
    )  # fmt: skip
    return actions(str(folder))


def plain(made: dict[str, Any]) -> tuple[Any, Any, Any]:
    schema = json.loads(made["metaData"]["schemaString"])
    return (
        made["protocol"],
        schema,
        {k: v for k, v in made["metaData"].items() if k not in (*OF_THE_MOMENT, "schemaString")},
    )


def differing(names: Iterable[Table], lake: Lake, folder: Path) -> list[str]:
    found = []
    for table in names:
        assert make_table(lake, table)
        ours = actions(lake.path(table))
        theirs = made_by_delta_rs(table, folder / table.name, ours["metaData"]["configuration"])
        if plain(ours) != plain(theirs):
            found.append(table.name)
    return found


@pytest.mark.parametrize("plant", SHIPPED)
def test_every_table_of_a_plant_is_made_as_delta_rs_makes_it(plant: str, tmp_path: Path) -> None:
    contracts = dict(tables(load_profile(plant))).values()

    assert differing(contracts, Lake(tmp_path / "lake"), tmp_path / "theirs") == []


def test_a_table_is_made_once_and_says_what_it_is(tmp_path: Path) -> None:
    lake, table = Lake(tmp_path), next(iter(dict(tables(load_profile("simulated"))).values()))

    assert [make_table(lake, table), make_table(lake, table)] == [True, False]

    first = read_commit(lake.storage_of(table), 0, Key(f"_delta_log/{0:020d}.json"))
    assert (first.version, first.operation, first.metadata.created) == (0, "CREATE TABLE", True)
    assert lake.content_version(table) is None
    assert [path.name for path in Path(lake.path(table)).rglob("*") if path.is_file()] == [f"{0:020d}.json"]


def test_other_writers_go_on_with_it(tmp_path: Path) -> None:
    lake, table = Lake(tmp_path), dict(tables(load_profile("simulated")))["silver.machines"]
    make_table(lake, table)
    schema = arrow_schema(table)

    write_deltalake(
        lake.path(table), pa.table([pa.nulls(1, field.type) for field in schema], schema=schema), mode="append"
    )

    delta = DeltaTable(lake.path(table))
    assert (delta.version(), delta.metadata().name, lake.row_count(table)) == (1, "silver.machines", 1)
