"""Runs one job and kills it, its kept engine, or both, at one of its writes; or interrupts it, or asks it to end.

``python -m tests.support.killed_job WHO WHEN NUMBER COMMAND [options]``: who is job, engine, both, interrupt or
terminate; when is before, during or after a commit; or made: when a table has been made; or created: between a table's
making and its first rows; or staging: while rows are written that no table knows yet, at the latest when they are.
Number counts those from 1. Exits as the job does where it has fewer. `TASK_ROWS` in the environment lets so few rows
be worth a task of the engine, which does small work too then.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from expectations.tables.contract import Table
from jobs import cli
from jobs.ingest import parsing
from jobs.ingest.staging import Staging
from jobs.silver import contested, disputed
from jobs.silver import uncontested as layout
from lakehouse.engine.warm import warm_engine
from lakehouse.files import row_groups
from lakehouse.lake import Lake
from lakehouse.publish import changed_partitions as partitions
from lakehouse.publish import rebuilt_dates
from lakehouse.writing.linked_files import append_files, replace_dates
from lakehouse.writing.metadata import record_metadata
from lakehouse.writing.replaced_rows import merge_rows, replace_rows
from lakehouse.writing.rows import put_rows
from lakehouse.writing.tables import make_table, open_complete

_COMMITS = (append_files, replace_dates, put_rows, replace_rows, merge_rows, record_metadata)
_SIGNALS = {"job": signal.SIGKILL, "both": signal.SIGKILL, "interrupt": signal.SIGINT, "terminate": signal.SIGTERM}
STRUCK = "engine_struck"  # the file of the state folder that says so
_INTO_THE_COMMIT_S, _INTO_THE_STAGING_S = 0.004, 0.15


class _Killer:
    """Counts commits, tables they make and what is staged for them, and strikes at one of them."""

    def __init__(self, who: str, when: str, number: int) -> None:
        self._who, self._when, self._number = who, when, number
        self._seen = self._staged = self._made = self._created = 0
        self._first_strike = threading.Lock()

    def watch_staging(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self._staged += 1
            if self._when != "staging" or self._staged != self._number:
                return write(*args, **kwargs)
            threading.Timer(_INTO_THE_STAGING_S, self._strike).start()
            done = write(*args, **kwargs)
            self._strike()  # a quick write ends before its time
            return done

        return watched

    def watch_creation(self, ready: Callable[[Lake, Table], Any]) -> Callable[[Lake, Table], Any]:
        def watched(lake: Lake, table: Table) -> Any:
            is_new = lake.version(table) in (None, 0)
            done = ready(lake, table)
            self._created += is_new
            if is_new and self._when == "created" and self._created == self._number:
                self._strike()
            return done

        return watched

    def watch_making(self, make: Callable[[Lake, Table], bool]) -> Callable[[Lake, Table], bool]:
        def watched(lake: Lake, table: Table) -> bool:
            is_made = make(lake, table)
            self._made += is_made
            if is_made and self._when == "made" and self._made == self._number:
                self._strike()
            return is_made

        return watched

    def watch(self, commit: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            self._seen += 1
            is_it = self._seen == self._number
            if is_it and self._when == "before":
                self._strike()
            if is_it and self._when == "during":
                threading.Timer(_INTO_THE_COMMIT_S, self._strike).start()
            done = commit(*args, **kwargs)
            if is_it and self._when == "after":
                self._strike()
            return done

        return watched

    def _strike(self) -> None:
        if not self._first_strike.acquire(blocking=False):
            return
        if self._who in ("engine", "both"):
            state = Path(os.environ["ASSAY_STATE"])
            engine = warm_engine(state)
            assert engine is not None
            (state / STRUCK).touch()
            os.kill(engine.pid, signal.SIGKILL)
        if self._who in _SIGNALS:
            os.kill(os.getpid(), _SIGNALS[self._who])


def _exchange(function: Callable[..., Any], other: Callable[..., Any]) -> None:
    """Put another function in place of one, wherever it is imported; what imports it later gets the other too."""
    for module in list(sys.modules.values()):
        if getattr(module, function.__name__, None) is function:
            setattr(module, function.__name__, other)


def main() -> int:
    who, when, number, *words = sys.argv[1:]
    killer = _Killer(who, when, int(number))
    row_groups.TASK_ROWS = int(os.environ.get("TASK_ROWS", row_groups.TASK_ROWS))
    for commit in _COMMITS:
        _exchange(commit, killer.watch(commit))
    _exchange(make_table, killer.watch_making(make_table))
    _exchange(open_complete, killer.watch_creation(open_complete))
    spreading = ((module, "run_tasks") for module in (parsing, layout, contested, disputed, rebuilt_dates))
    for module, name in ((partitions, "write_rows"), (Staging, "write"), *spreading):
        setattr(module, name, killer.watch_staging(getattr(module, name)))
    return cli.main(words)


if __name__ == "__main__":
    sys.exit(main())
