"""SQL over the lake's tables with DuckDB, reading only: no Spark, no files beside the tables, nothing is written."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import LAYERS, Table
from lakehouse.arrow_reading import open_data
from lakehouse.commits import LOG
from lakehouse.errors import UsageError
from lakehouse.log import log
from lakehouse.signals import first_on_signal
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at

if TYPE_CHECKING:
    from pyarrow.dataset import FileSystemDataset

_NAME = re.compile(rf'\b({"|".join(LAYERS)})"?\s*\.\s*"?(\w+)', re.IGNORECASE)
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
# Raised for what the asker wrote; memory, disk and DuckDB's own faults are not among them.
_ASKERS = (duckdb.ProgrammingError, duckdb.PermissionException, duckdb.DataError, duckdb.NotSupportedError)


_NO_TABLES: Mapping[str, Table] = MappingProxyType({})


@contextmanager
def ask(
    lake: Path,
    query: str,
    *,
    cores: int = 2,
    values: Mapping[str, str | int] | None = None,
    tables: Mapping[str, Table] = _NO_TABLES,
) -> Iterator[pa.RecordBatchReader]:
    """The answer to one SELECT, as Arrow batches. Tables are named `layer.subject`; times are UTC.

    `values` are those of the query's parameters, `$name`. Only the tables that the query names are opened (all of them
    where it names none, for `SHOW ALL TABLES`). Where older code wrote one of `tables`, by name, the columns that came
    since are null.

    Raises:
        UsageError: More than one statement, one that does not read, bad SQL, or a table that is not in the lake.
        KeyboardInterrupt: The query was interrupted.
    """
    with tempfile.TemporaryDirectory(prefix="assay-sql-") as spill, duckdb.connect() as connection:
        try:
            _check_reads(query)
            _register(connection, lake, named_tables(query), tables)
            _lock_down(connection, spill, cores)
            log().debug("asking %s", lake)
            with first_on_signal(connection.interrupt):  # else what unwinds would wait for the query's end
                yield connection.sql(query, params=values and dict(values)).to_arrow_reader()
        except _ASKERS as exc:
            raise UsageError(str(exc).strip()) from exc
        except RuntimeError as exc:
            if "interrupted" in str(exc):  # DuckDB's own word for Ctrl-C and SIGTERM
                raise KeyboardInterrupt from exc
            raise


def built_tables(lake: Path) -> tuple[str, ...]:
    """Names, `layer.subject`, of the tables that are in the lake."""
    storage = storage_at(lake)
    named = ((layer, name) for layer in LAYERS for name in storage.names(Key(layer)).folders if name.isidentifier())
    return tuple(f"{layer}.{name}" for layer, name in named if LOG in storage.names(Key(layer) / name).folders)


def _check_reads(query: str) -> None:
    statements = duckdb.extract_statements(query)
    if len(statements) != 1:
        raise UsageError(f"got {len(statements)} statements; legal: exactly one, a SELECT")
    if statements[0].type not in _READING:
        kind = statements[0].type.name
        raise UsageError(f"got a {kind} statement; legal: SELECT, WITH, FROM, DESCRIBE, SUMMARIZE, SHOW and EXPLAIN")


def named_tables(query: str) -> tuple[str, ...]:
    """What looks like the name of a table in a query, `layer.subject`, each once."""
    return tuple(dict.fromkeys(f"{layer}.{subject}".lower() for layer, subject in _NAME.findall(query)))


def _register(
    connection: duckdb.DuckDBPyConnection, lake: Path, named: tuple[str, ...], tables: Mapping[str, Table]
) -> None:
    """Make a schema per layer and a view per table.

    A name in a text or an alias may look like a table: what is not in the lake is left out, and DuckDB says so where
    the query does need it.
    """
    for layer in LAYERS:
        connection.execute(f"CREATE SCHEMA {layer}")
    built = built_tables(lake)
    for name in [name for name in named if name in built] or built:
        source = name.replace(".", "__")
        stored = open_data(storage_at(lake.joinpath(*name.split("."))))
        connection.register(source, _with_columns(stored, tables.get(name)))
        # Names are those of folders, identifiers all of them (`built_tables`); a view cannot take parameters.
        connection.execute(f'CREATE VIEW {name} AS SELECT * FROM "{source}"')  # noqa: S608  # see above


def _with_columns(stored: "FileSystemDataset", table: Table | None) -> "FileSystemDataset":
    """The rows with every column of the contract."""
    declared = arrow_schema(table) if table else ()
    missing = [column for column in declared if column.name not in stored.schema.names]
    return stored.replace_schema(pa.schema([*stored.schema, *missing])) if missing else stored


def _lock_down(connection: duckdb.DuckDBPyConnection, spill: str, cores: int) -> None:
    connection.execute(f"SET threads={cores}")
    connection.execute("SET temp_directory=$folder", {"folder": spill})
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    connection.execute("SET python_enable_replacements=false")
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
