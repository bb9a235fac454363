"""Jobs whose last run failed or was refused, by the run journal.

A failure under a DAG is left to the report of its run: Airflow may try again, and only the run knows how it ended.
"""

from collections.abc import Iterator
from datetime import datetime

from jobs.alerts.condition import Condition, Severity
from jobs.runs.journal import Entry, Outcome, read
from jobs.runtime.settings import Settings
from lakehouse.errors import RuleRefused

# A person or a timer ended the run, or it did not want to wait: the next one goes on.
_NO_FAULTS = ("KeyboardInterrupt", "SystemExit", "LakeBusyError")
# Jobs whose gate is about a model: "no" is an answer, the champion stays.
_MODEL_JOBS = ("train", "promote", "bundle", "rollback")


def job_conditions(settings: Settings, _now: datetime) -> tuple[Condition, ...]:
    """One condition for each job whose last end was bad; its next good run recovers it."""
    return tuple(_bad(settings))


def _bad(settings: Settings) -> Iterator[Condition]:
    for name, runs in read(settings.state).items():
        end = runs.last_end
        if end is None or end.error in _NO_FAULTS:
            continue
        if end.error == RuleRefused.__name__:  # each rule that does not hold is an alert of its own
            continue
        if end.outcome is Outcome.REFUSED:
            yield _refused(name, end)
        elif end.outcome is Outcome.FAILED and not end.dag:
            yield Condition(
                key=f"job_failed/{name}",
                severity=Severity.CRITICAL,
                kind="job_failed",
                subject=f"assay {name} failed at {end.at:%Y-%m-%dT%H:%M:%SZ}: {end.detail}",
                detail=f"run `assay doctor`, then `assay {name}` again",
                source=f"job {name}",
            )


def _refused(name: str, end: Entry) -> Condition:
    is_model = name in _MODEL_JOBS
    remedy = "the champion stays; read the reasons in gold.gate_decisions, nothing has to be done"
    look = f"look at the rows that the reasons name, repair their source, then run `assay {name}` again"
    return Condition(
        key=f"gate_refused/{name}",
        severity=Severity.INFO if is_model else Severity.CRITICAL,
        kind="model_gate_refused" if is_model else "gate_refused",
        subject=f"the gate of assay {name} refused at {end.at:%Y-%m-%dT%H:%M:%SZ}: {end.detail}",
        detail=remedy if is_model else look,
        source=f"job {name}",
    )
