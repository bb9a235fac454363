"""The runs of DAGs and jobs as they were reported: how each ended, and what that opens or recovers."""

import re
import sqlite3
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from jobs.alerts.condition import Condition, Severity, one_line
from jobs.alerts.instants import instant, stamp
from jobs.alerts.observing import record
from jobs.alerts.store import change, look

# Runs of one name that stay recorded, beside its last good one; a week of hourly runs.
MOST_RUNS = 168
_LONGEST = 1000
# Airflow's run ids hold the time of the run: `scheduled__2026-11-28T19:00:00+00:00`, `manual__<time>_<random>`.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-]\d\d:\d\d|Z)")


class Outcome(StrEnum):
    """How a run ended, or that it did not end in time."""

    SUCCESS = "success"
    FAILED = "failed"
    LATE = "late"
    REFUSED = "refused"


# What a person reads, how urgent it is, and the kind of the condition.
_WORDS = {
    ("dag", Outcome.FAILED): ("failed", Severity.CRITICAL, "dag_run_failed"),
    ("dag", Outcome.LATE): ("is late", Severity.WARNING, "dag_run_late"),
    ("job", Outcome.FAILED): ("failed", Severity.CRITICAL, "job_failed"),
    ("job", Outcome.REFUSED): ("was refused by a gate", Severity.CRITICAL, "gate_refused"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One run as last reported.

    Attributes:
        kind: `dag` or `job`.
        name: Of the DAG or the job.
        run_id: Of the run.
        due_at: The time that the run is for; runs of one name are ordered by it.
        outcome: As last reported.
        task: The task that failed, or empty.
        detail: Why, or empty.
        reported_at: When it was last reported.
    """

    kind: str
    name: str
    run_id: str
    due_at: datetime
    outcome: Outcome
    task: str
    detail: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class LastRuns:
    """Of one DAG or job: the last good run and the last bad one (failed, refused or late), where there is any."""

    kind: str
    name: str
    good: Run | None
    bad: Run | None


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported of a run. Without `due_at` it is the time in the run's id, else the time of the first report."""

    kind: str
    name: str
    run_id: str
    outcome: Outcome
    task: str = ""
    detail: str = ""
    due_at: datetime | None = None


def report_run(state: Path, report: Report, now: datetime) -> str:
    """Record a run; open or recover the alert of its DAG or job. Returns what that did, for people.

    The alert is open while a run since the last success has failed, was refused or is late, and says the worst of
    them. So a failure that is reported after a newer run's success opens nothing, and the success of an older run
    recovers nothing. That a run is late counts only until it has ended.

    Raises:
        AlertStateError: The store cannot be written; nothing was recorded.
        OSError: The disk is full, or the state folder cannot be made.
    """
    with change(state) as store:
        return record_run(store, report, now)


def record_run(store: sqlite3.Connection, report: Report, now: datetime) -> str:
    """The same within a transaction that is open."""
    _heed_clock(store, report.kind, report.name, now)
    before = _runs(store, report.kind, report.name)
    run = _run(report, before, now)
    known = next((each for each in before if each.run_id == run.run_id), None)
    if run.outcome is Outcome.LATE and known is not None and known.outcome is not Outcome.LATE:
        return f"the run has ended already: {known.outcome}"
    _write(store, run)
    _prune(store, report.kind, report.name)
    return _update(store, run, _since_success(_runs(store, report.kind, report.name)), now)


def _update(store: sqlite3.Connection, run: Run, bad: list[Run], now: datetime) -> str:
    """Open, change or recover the alert of a name whose runs since the last success are `bad`."""
    scope = f"{run.kind}/{run.name}"
    if not bad:
        recovered = record(store, scope, (), now).recovered
        if run.outcome is Outcome.SUCCESS:
            return "recovered" if recovered else "recorded"
        return "recorded; a newer run has succeeded, so nobody is alerted"
    worst = max(bad, key=lambda each: (condition_of(each).severity, each.due_at))
    record(store, scope, (condition_of(worst),), now)
    return f"alert: {condition_of(worst).subject}"


def last_runs(state: Path) -> tuple[LastRuns, ...]:
    """The last good and the last bad run of every DAG and job that reported one, by kind and name.

    Raises:
        AlertStateError: The store cannot be read.
    """
    with look(state) as store:
        if store is None:
            return ()
        names = store.execute("SELECT DISTINCT kind, name FROM runs ORDER BY kind, name").fetchall()
        by_name = {(row["kind"], row["name"]): _runs(store, row["kind"], row["name"]) for row in names}
    return tuple(
        LastRuns(
            kind,
            name,
            next((run for run in reversed(runs) if run.outcome is Outcome.SUCCESS), None),
            next((run for run in reversed(runs) if run.outcome is not Outcome.SUCCESS), None),
        )
        for (kind, name), runs in by_name.items()
    )


def due_of(run_id: str) -> datetime | None:
    """The time in a run's id; None where it holds none."""
    found = _TIME.search(run_id)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[0]).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def condition_of(run: Run) -> Condition:
    """The condition that a run which failed, was refused or is late means."""
    is_dag = run.kind == "dag"
    what = f"{'DAG' if is_dag else 'job'} {run.name}"
    words, severity, kind = _WORDS[run.kind, run.outcome]
    where = f" in task {run.task}" if run.task else ""
    why = f": {run.detail}" if run.detail else ""
    page = f"read the log of run {run.run_id} in Airflow; dags/docs/{run.name}.md says what to do"
    return Condition(
        key=f"{run.kind}_run/{run.name}",
        severity=severity,
        kind=kind,
        subject=f"{what} {words}{where}{why}",
        detail=page if is_dag else f"run `assay doctor`, then `assay {run.name}` again",
        source=f"{run.kind} {run.name}",
    )


def unrecorded(report: Report, now: datetime) -> Condition:
    """The condition of a run that could not be recorded."""
    return condition_of(_run(report, [], now))


def _since_success(runs: list[Run]) -> list[Run]:
    """Of runs in order those after the last success."""
    last = max((place for place, run in enumerate(runs) if run.outcome is Outcome.SUCCESS), default=-1)
    return runs[last + 1 :]


def _heed_clock(store: sqlite3.Connection, kind: str, name: str, now: datetime) -> None:
    """Move runs that are due after now to just behind the others: the clock was wrong when they were reported.

    Left where they are, a success among them would make every failure to come look older than itself.
    """
    runs = _runs(store, kind, name)
    ahead = [run for run in runs if run.due_at > now]
    last = max((run.due_at for run in runs if run.due_at <= now), default=datetime.min.replace(year=1970, tzinfo=UTC))
    for number, run in enumerate(ahead, 1):
        _write(store, replace(run, due_at=last + number * timedelta.resolution))


def _run(report: Report, before: list[Run], now: datetime) -> Run:
    known = next((each for each in before if each.run_id == report.run_id), None)
    asked = report.due_at or due_of(report.run_id)
    if asked is None:
        # The order of first reports, also where the clock was set back between them.
        asked = known.due_at if known else max([now, *(run.due_at + timedelta.resolution for run in before[-1:])])
    asked = min(asked, now)
    detail, task = one_line(report.detail, _LONGEST), one_line(report.task, _LONGEST)
    return Run(report.kind, report.name, report.run_id, asked, report.outcome, task, detail, now)


def _runs(store: sqlite3.Connection, kind: str, name: str) -> list[Run]:
    rows = store.execute("SELECT * FROM runs WHERE kind = ? AND name = ? ORDER BY due_at, seq", (kind, name)).fetchall()
    return [_run_of(row) for row in rows]


def _run_of(row: sqlite3.Row) -> Run:
    due, reported = instant(row["due_at"]), instant(row["reported_at"])
    assert due is not None
    assert reported is not None
    outcome = Outcome(row["outcome"])
    return Run(row["kind"], row["name"], row["run_id"], due, outcome, row["task"], row["detail"], reported)


def _write(store: sqlite3.Connection, run: Run) -> None:
    store.execute(
        "INSERT INTO runs (kind, name, run_id, due_at, outcome, task, detail, reported_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, name, run_id) DO UPDATE SET "
        "due_at = excluded.due_at, outcome = excluded.outcome, task = excluded.task, detail = excluded.detail, "
        "reported_at = excluded.reported_at",
        (
            run.kind,
            run.name,
            run.run_id,
            stamp(run.due_at),
            run.outcome.value,
            run.task,
            run.detail,
            stamp(run.reported_at),
        ),
    )


def _prune(store: sqlite3.Connection, kind: str, name: str) -> None:
    """Forget the oldest runs; the last good one and the last bad one stay."""
    runs = _runs(store, kind, name)
    good = [run for run in runs if run.outcome is Outcome.SUCCESS]
    bad = [run for run in runs if run.outcome is not Outcome.SUCCESS]
    recent = {run.run_id for run in (*runs[-MOST_RUNS:], *good[-1:], *bad[-1:])}
    store.executemany(
        "DELETE FROM runs WHERE kind = ? AND name = ? AND run_id = ?",
        [(kind, name, run.run_id) for run in runs if run.run_id not in recent],
    )
