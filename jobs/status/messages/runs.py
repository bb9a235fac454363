"""Words on jobs and DAGs."""

from collections.abc import Iterator
from datetime import datetime

from jobs.alerts.condition import Severity
from jobs.status.facts import RunFact
from jobs.status.item import Item, ago, lasted
from jobs.status.runs import ANSWERS, is_late

_ENGINE_ERRORS = ("EngineError", "EngineMissingError")
# After these another try helps by itself; a person who ended a run knows it.
_BY_A_PERSON = ("KeyboardInterrupt", "SystemExit")
# Data flow on without them, and the champion goes on scoring at the gateways.
_MODEL_JOBS = ("train", "promote", "bundle", "score")


def run_items(runs: tuple[RunFact, ...], now: datetime) -> Iterator[Item]:
    """What each did last, and what is late."""
    if not runs:
        yield Item("runs", "no run is recorded yet", Severity.INFO, "start one: `assay ingest`, or unpause the DAGs")
    for fact in runs:
        yield _item(fact, now)
        if is_late(fact, now) and fact.bad_at is None and fact.killed_at is None:
            yield _late(fact, now)


def _item(fact: RunFact, now: datetime) -> Item:
    what = f"{'DAG' if fact.is_dag else 'job'} {fact.name}"
    good = f"last good end {ago(fact.good_at, now)}" if fact.good_at else "no good end is recorded"
    if fact.running_since:
        return Item("runs", f"{what}: running since {fact.running_since:%Y-%m-%d %H:%M} UTC; {good}")
    if fact.killed_at:
        text = f"{what}: the run of {fact.killed_at:%Y-%m-%d %H:%M} UTC was killed; {good}"
        step = f"run `assay {fact.name}` again: it goes on where that run ended"
        return Item("runs", text, Severity.WARNING, step, f"job_killed/{fact.name}")
    if fact.bad_at:
        return _bad(fact, what, good, now)
    return Item("runs", f"{what}: {good}")


def _bad(fact: RunFact, what: str, good: str, now: datetime) -> Item:
    assert fact.bad_at is not None
    verb = "was refused by a gate" if fact.is_refused else "failed"
    text = f"{what}: {verb} {ago(fact.bad_at, now)}: {fact.bad_said}; {good}"
    if fact.is_dag:
        step = f"see the run in Airflow; dags/docs/{fact.name}.md says what to do"
        return Item("runs", text, Severity.CRITICAL, step, f"dag_failed/{fact.name}")
    if fact.is_refused and fact.name in ANSWERS:
        return Item("runs", f"{what}: refused {ago(fact.bad_at, now)}: {fact.bad_said}", Severity.INFO)
    if fact.is_refused:
        step = f"correct what the sentence names, then run `assay {fact.name}`; nothing that was refused is published"
        return Item("runs", text, Severity.CRITICAL, step, f"gate_refused/{fact.name}")
    if fact.bad_error in _ENGINE_ERRORS:
        step = f"run `assay doctor` and `assay engine status`, then `assay {fact.name}` again"
        return Item("runs", text, Severity.CRITICAL, step, f"engine_failed/{fact.name}")
    is_mild = fact.bad_error in _BY_A_PERSON or fact.name in _MODEL_JOBS
    severity = Severity.WARNING if is_mild else Severity.CRITICAL
    step = f"do what the sentence says, else run `assay doctor`; then `assay {fact.name}` again"
    return Item("runs", text, severity, step, f"job_failed/{fact.name}")


def _late(fact: RunFact, now: datetime) -> Item:
    assert fact.allowed is not None
    limit = f"{lasted(fact.allowed.total_seconds())} are allowed (setting expected_runs)"
    what = f"{'DAG' if fact.is_dag else 'job'} {fact.name}"
    text = f"{what} is late: " + (
        f"{ago(fact.good_at, now)}, {limit}" if fact.good_at else f"it never ended well; {limit}"
    )
    step = f"look whether its scheduler runs and the DAG is not paused; by hand: `assay {fact.name}`"
    if fact.is_dag:
        step = "look whether Airflow's scheduler runs and the DAG is not paused"
    return Item("late", text, Severity.WARNING, step, f"run_late/{fact.name}")
