"""Questions to a lake's tables through DuckDB, without Spark; a table that is not made yet answers as an empty one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import LAYERS, Table
from lakehouse.arrow_reading import open_data
from lakehouse.lake import Lake
from lakehouse.plant import Plant

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LakeView:
    """The tables of one plant, open for SQL. Names are `layer.subject`; times are UTC."""

    plant: Plant
    connection: "duckdb.DuckDBPyConnection"

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        """The answer, a row for each; `$name` in the query is a value of that name."""
        reader = self.connection.sql(query, params=dict(values or {})).to_arrow_reader()
        return [row for batch in reader for row in batch.to_pylist()]

    def row(self, query: str, values: Mapping[str, Any] | None = None) -> Row:
        """The one row of an answer that has exactly one, as aggregates have."""
        (row,) = self.rows(query, values)
        return row

    def has(self, name: str) -> bool:
        """Whether the table is in the lake."""
        return self.plant.lake.exists(self.plant.tables[name])

    def day_counts(self, name: str) -> dict[date, int]:
        """Rows per value of a table's first partition column, a date; read from the log alone."""
        table = self.plant.tables[name]
        counts: dict[date, int] = {}
        for action in self.plant.lake.live_files(table):
            day = action[f"partition.{table.partition_by[0]}"]
            counts[day] = counts.get(day, 0) + action["num_records"]
        return dict(sorted(counts.items()))

    def row_count(self, name: str) -> int:
        """Rows of a table, read from the log alone; 0 where it is not there."""
        return self.plant.lake.row_count(self.plant.tables[name])


@contextmanager
def open_view(plant: Plant, cores: int = 2) -> Iterator[LakeView]:
    """The plant's lake, open for reading."""
    with duckdb.connect() as connection:
        for layer in LAYERS:
            connection.execute(f"CREATE SCHEMA {layer}")
        for table in plant.tables.values():
            _register(connection, plant.lake, table)
        connection.execute(f"SET threads={cores}")
        connection.execute("SET TimeZone='UTC'")
        connection.execute("SET enable_progress_bar=false")
        yield LakeView(plant, connection)


def _register(connection: "duckdb.DuckDBPyConnection", lake: Lake, table: Table) -> None:
    """A view of the contract's columns; a column that is younger than the table's last commit is null."""
    source = table.name.replace(".", "__")
    there = lake.exists(table)
    content = open_data(lake.storage_of(table)) if there else lake.arrow(table)
    connection.register(source, content)
    younger = ""
    if set(table.column_names) - set(content.schema.names):
        connection.register(f"{source}__columns", arrow_schema(table).empty_table())
        younger = f' UNION ALL BY NAME SELECT * FROM "{source}__columns"'  # noqa: S608  # see below
    # Names are the contract's; a view cannot take parameters.
    connection.execute(f'CREATE VIEW {table.name} AS SELECT * FROM "{source}"{younger}')  # noqa: S608  # see above
