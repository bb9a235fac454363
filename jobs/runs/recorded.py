"""A run of a command, recorded in the journal as it begins and ends."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from jobs.runs.journal import Entry, Outcome, write
from jobs.runtime.exits import ExitCode, exit_code, sentence
from jobs.runtime.report import RunReport, is_refused_by_rules_alone
from jobs.runtime.settings import DAG_RUN
from lakehouse.engine.process import started_at
from lakehouse.errors import RuleRefused


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """The run of one command; `state` is the folder of the journal, None where it is not recorded."""

    state: Path | None
    name: str

    def begin(self) -> None:
        """The run has the lake and begins."""
        pid = os.getpid()
        self._write(Entry(self.name, Outcome.STARTED, datetime.now(UTC), pid=pid, began=started_at(pid)))

    def end(self, report: RunReport) -> None:
        """The run has ended with a report."""
        outcome = _OUTCOMES.get(report.exit_code, Outcome.FAILED)
        detail = "" if outcome is Outcome.DONE else "; ".join(map(str, report.data.get("reasons") or report.lines))
        error = RuleRefused.__name__ if outcome is Outcome.REFUSED and is_refused_by_rules_alone(report) else ""
        self._write(Entry(self.name, outcome, datetime.now(UTC), detail, error))

    def fail(self, error: BaseException) -> None:
        """The run has ended with an error."""
        ended_by_signal = isinstance(error, SystemExit)
        words = "ended by a signal; run the same command again to go on" if ended_by_signal else sentence(error)
        outcome = _OUTCOMES.get(exit_code(error), Outcome.FAILED)
        self._write(Entry(self.name, outcome, datetime.now(UTC), words, type(error).__name__))

    def _write(self, entry: Entry) -> None:
        if self.state is not None:
            write(self.state, replace(entry, dag=os.environ.get(DAG_RUN, "")))


_OUTCOMES = {ExitCode.DONE: Outcome.DONE, ExitCode.REFUSED: Outcome.REFUSED}


def is_recorded(name: str, args: argparse.Namespace) -> bool:
    """Whether a command that writes is a job: what a person does or looks at by hand is seen by that person."""
    return name != "rollback" and getattr(args, "action", "build") == "build"


@contextmanager
def recorded(state: Path | None, name: str) -> Iterator[RecordedRun]:
    """Record an error that ends the run, and let it pass."""
    run = RecordedRun(state, name)
    try:
        yield run
    except BaseException as error:
        run.fail(error)
        raise
