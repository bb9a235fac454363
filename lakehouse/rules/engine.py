"""A DuckDB for rules: no more memory and time than it is given."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer
from typing import Any

import duckdb

from lakehouse.signals import first_on_signal
from lakehouse.views import is_interrupt, with_views

# Source: what is left of 4 GiB beside an engine. What does not fit goes to the spill folder.
MEMORY = "1GB"
LONGEST_S = 60.0


class TooLongError(Exception):
    """A statement ran longer than it may."""


def rule_views(tables: Mapping[str, Any], cores: int = 2, spill: str = "") -> duckdb.DuckDBPyConnection:
    """As `with_views`, with the memory of a rule."""
    return with_views(tables, cores, spill, MEMORY)


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
    except (RuntimeError, OSError, duckdb.Error) as exc:
        if not is_interrupt(exc):
            raise
        if has_ended:
            raise TooLongError(f"it ran longer than {longest_s:g} s") from exc
        raise KeyboardInterrupt from exc
    finally:
        timer.cancel()
