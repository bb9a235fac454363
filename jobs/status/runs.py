"""How jobs and DAGs ended last: the run journal says it of jobs, what Airflow's callbacks report says it of DAGs."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from jobs.alerts.runs import LastRuns, last_runs
from jobs.runs.expected import expected_runs
from jobs.runs.journal import Outcome, Runs, read
from jobs.runtime.settings import Settings
from jobs.status.facts import RunFact
from lakehouse.engine.process import is_running

# A refusal of these is an answer, not a batch that was held back: the champion stays; `quality` has published its
# figures, and what is late is said of the tables themselves.
ANSWERS = frozenset({"train", "promote", "quality"})


def run_facts(settings: Settings) -> tuple[RunFact, ...]:
    """One fact for each job and DAG that is recorded, and for each that the settings expect: DAGs first.

    The default of `expected_runs` expects only what has run once: not everybody runs Airflow.

    Raises:
        AlertStateError: The reports of Airflow cannot be read.
    """
    allowed = expected_runs(settings.expected_runs)
    dags = [_of_dag(last, allowed) for last in last_runs(settings.state) if last.kind == "dag"]
    reported = {fact.name for fact in dags}
    jobs = [_of_job(runs, allowed) for name, runs in read(settings.state).items() if name not in reported]
    known = {fact.name for fact in (*dags, *jobs)}
    never = allowed if settings.origin("expected_runs") != "default" else {}
    missing = [RunFact(name, allowed=time) for name, time in never.items() if name not in known]
    return (*dags, *jobs, *missing)


def _of_dag(last: LastRuns, allowed: Mapping[str, timedelta]) -> RunFact:
    good, bad = last.good, last.bad
    is_bad = bad is not None and (good is None or bad.due_at > good.due_at)
    why = "" if bad is None else " ".join(filter(None, (f"task {bad.task}:" if bad.task else "", bad.detail)))
    return RunFact(
        last.name,
        is_dag=True,
        good_at=good.reported_at if good else None,
        bad_at=bad.reported_at if is_bad and bad else None,
        bad_said=(why or str(bad.outcome)) if is_bad and bad else "",
        allowed=allowed.get(last.name),
    )


def _of_job(runs: Runs, allowed: Mapping[str, timedelta]) -> RunFact:
    ends, last, end = runs.entries, runs.last, runs.last_end
    is_answer = runs.name in ANSWERS
    good = max(
        (e for o, e in ends.items() if o is Outcome.DONE or (o is Outcome.REFUSED and is_answer)),
        key=lambda entry: entry.order, default=None,
    )  # fmt: skip
    bad = end if end is not None and end.outcome is not Outcome.DONE else None
    runs_now = last.outcome is Outcome.STARTED and is_running(last.pid, last.began)
    return RunFact(
        runs.name,
        good_at=good.at if good else None,
        bad_at=bad.at if bad else None,
        bad_said=bad.detail if bad else "",
        bad_error=bad.error if bad else "",
        is_refused=bad is not None and bad.outcome is Outcome.REFUSED,
        running_since=last.at if runs_now else None,
        killed_at=last.at if last.outcome is Outcome.STARTED and not runs_now else None,
        allowed=allowed.get(runs.name),
    )


def is_late(fact: RunFact, now: datetime) -> bool:
    """Whether the last good end is longer ago than allowed, or there is none although one is expected."""
    if fact.allowed is None:
        return False
    return fact.good_at is None or now - fact.good_at > fact.allowed
