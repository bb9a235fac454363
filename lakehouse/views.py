"""A DuckDB that reads the tables it is given and nothing else."""

from collections.abc import Mapping
from typing import Any

import duckdb

from expectations.tables.contract import LAYERS

_SETTINGS = (
    "TimeZone='UTC'", "enable_progress_bar=false", "python_enable_replacements=false",
    "enable_external_access=false", "lock_configuration=true",
)  # fmt: skip


def with_views(
    tables: Mapping[str, Any], cores: int, spill: str, memory: str | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection with a view for each table, `layer.subject`. Times are UTC.

    Args:
        tables: Arrow tables or data sets. Their names are those of contracts or folders, identifiers all of them.
        cores: Threads.
        spill: Folder for what does not fit into memory; empty: such a statement fails.
        memory: As DuckDB writes it; None: its own default.
    """
    limit = {} if memory is None else {"memory_limit": memory}
    connection = duckdb.connect(config={"threads": cores, "temp_directory": spill, **limit})
    for schema in dict.fromkeys((*LAYERS, *(name.partition(".")[0] for name in tables))):
        connection.execute(f"CREATE SCHEMA {schema}")
    for name, rows in tables.items():
        source = name.replace(".", "__")
        connection.register(source, rows)
        # A view cannot take parameters.
        connection.execute(f'CREATE VIEW {name} AS SELECT * FROM "{source}"')  # noqa: S608  # identifiers, see above
    for setting in _SETTINGS:
        connection.execute(f"SET {setting}")
    return connection


def is_interrupt(exc: BaseException) -> bool:
    """Whether a statement ended since somebody interrupted it: by DuckDB's own error, or by Arrow's of its reader."""
    if isinstance(exc, duckdb.InterruptException):
        return True
    return isinstance(exc, (RuntimeError, OSError)) and "interrupted" in str(exc).lower()
