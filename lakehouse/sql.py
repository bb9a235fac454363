"""SQL over the lake's tables with DuckDB, reading only: no Spark, no files beside the tables, nothing is written."""

import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from expectations.tables.contract import LAYERS, Table
from lakehouse.arrow_reading import open_data, with_columns
from lakehouse.commits import LOG
from lakehouse.errors import UsageError
from lakehouse.log import log
from lakehouse.signals import first_on_signal
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from lakehouse.views import is_interrupt, with_views

if TYPE_CHECKING:
    from pyarrow.dataset import FileSystemDataset

_NAME = re.compile(rf'\b({"|".join(LAYERS)})"?\s*\.\s*"?(\w+)', re.IGNORECASE)
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
# Raised for what the asker wrote; memory, disk and DuckDB's own faults are not among them.
_ASKERS = (duckdb.ProgrammingError, duckdb.PermissionException, duckdb.DataError, duckdb.NotSupportedError)


_NO_TABLES: Mapping[str, Table] = MappingProxyType({})
_NONE_MADE: Mapping[str, Callable[[], pa.Table]] = MappingProxyType({})


@contextmanager
def ask(
    lake: Path,
    query: str,
    *,
    cores: int = 2,
    values: Mapping[str, str | int] | None = None,
    tables: Mapping[str, Table] = _NO_TABLES,
    made: Mapping[str, Callable[[], pa.Table]] = _NONE_MADE,
) -> Iterator[pa.RecordBatchReader]:
    """The answer to one SELECT, as Arrow batches. Tables are named `layer.subject`; times are UTC.

    `values` are those of the query's parameters, `$name`. Only the tables that the query names are opened (all of them
    where it names none, for `SHOW ALL TABLES`). Where older code wrote one of `tables`, by name, the columns that came
    since are null. `made` are further views by name, each made where the query names it.

    Raises:
        UsageError: More than one statement, one that does not read, bad SQL, or a table that is not in the lake.
        KeyboardInterrupt: The query was interrupted.
    """
    with tempfile.TemporaryDirectory(prefix="assay-sql-") as spill, _refusals():
        _check_reads(query)
        log().debug("asking %s", lake)
        # Interrupted, else what unwinds would wait for the query's end.
        with (
            with_views(_stored(lake, query, tables, made), cores, spill) as found,
            first_on_signal(found.interrupt),
        ):
            yield found.sql(query, params=values and dict(values)).to_arrow_reader()


@contextmanager
def _refusals() -> Iterator[None]:
    """What is wrong with a query, as an answer to the asker."""
    try:
        yield
    except _ASKERS as exc:
        raise UsageError(str(exc).strip()) from exc
    except (RuntimeError, OSError, duckdb.Error) as exc:
        if is_interrupt(exc):  # Ctrl-C and SIGTERM
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


def _stored(
    lake: Path, query: str, tables: Mapping[str, Table], made: Mapping[str, Callable[[], pa.Table]]
) -> dict[str, "FileSystemDataset | pa.Table"]:
    """The tables that a query names; all where it names none.

    A name in a text or an alias may look like a table: what is not in the lake is left out, and DuckDB says so where
    the query does need it.
    """
    built = built_tables(lake)
    views = {name: build() for name, build in made.items() if name in query.lower()}
    chosen = [name for name in named_tables(query) if name in built] or ([] if views else built)
    stored = {name: open_data(storage_at(lake.joinpath(*name.split(".")))) for name in chosen}
    known = {name: with_columns(rows, tables[name]) if name in tables else rows for name, rows in stored.items()}
    return {**known, **views}
