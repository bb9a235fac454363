"""A DuckDB for rules: tables as views, no file beside them, no more memory and time than it is given."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer
from typing import Any

import duckdb

from expectations.tables.contract import LAYERS
from lakehouse.signals import first_on_signal

# Source: what is left of 4 GiB beside an engine. What does not fit goes to the spill folder.
MEMORY = "1GB"
LONGEST_S = 60.0


class TooLongError(Exception):
    """A statement ran longer than it may."""


def with_views(tables: Mapping[str, Any], cores: int = 2, spill: str = "") -> duckdb.DuckDBPyConnection:
    """A connection that reads these Arrow tables or data sets, by `layer.subject`, and nothing else. Times are UTC.

    `spill` is a folder for what does not fit into memory; empty: such a statement fails.
    """
    connection = duckdb.connect(config={"threads": cores, "memory_limit": MEMORY, "temp_directory": spill})
    for layer in LAYERS:
        connection.execute(f"CREATE SCHEMA {layer}")
    for name, rows in tables.items():
        source = name.replace(".", "__")
        connection.register(source, rows)
        # Names are those of contracts, identifiers all of them.
        connection.execute(f'CREATE VIEW {name} AS SELECT * FROM "{source}"')  # noqa: S608  # see above
    for setting in (
        "TimeZone='UTC'", "enable_progress_bar=false", "python_enable_replacements=false",
        "enable_external_access=false", "lock_configuration=true",
    ):  # fmt: skip
        connection.execute(f"SET {setting}")
    return connection


@contextmanager
def bounded(connection: duckdb.DuckDBPyConnection, longest_s: float = LONGEST_S) -> Iterator[None]:
    """Statements of the connection are interrupted after a time, or by a signal.

    Raises:
        TooLongError: The time was over.
        KeyboardInterrupt: A signal came.
    """
    has_ended = False

    def end() -> None:
        nonlocal has_ended
        has_ended = True
        connection.interrupt()

    timer = Timer(longest_s, end)
    timer.daemon = True
    timer.start()
    try:
        with first_on_signal(connection.interrupt):
            yield
    except (RuntimeError, duckdb.Error) as exc:
        if "interrupted" not in str(exc).lower():
            raise
        if has_ended:
            raise TooLongError(f"it ran longer than {longest_s:g} s") from exc
        raise KeyboardInterrupt from exc
    finally:
        timer.cancel()
