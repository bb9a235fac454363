"""Every look of `assay alerts send`: what is wrong now, by scope."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from jobs.alerts.condition import Condition, Severity
from jobs.alerts.job_runs import job_conditions
from jobs.alerts.own_conditions import own_conditions
from jobs.alerts.scheduler_conditions import scheduler_conditions
from jobs.alerts.sending import LOOK
from jobs.runtime.exits import sentence
from jobs.runtime.settings import Settings
from jobs.status.conditions import conditions
from lakehouse.errors import JobError

Look = Callable[[Settings, datetime], Sequence[Condition]]
# What needs the lake comes last: where it fails, the others have been looked at.
LOOKS: Mapping[str, Look] = {
    "alerts": own_conditions,
    "scheduler": scheduler_conditions,
    "jobs": job_conditions,
    "status": conditions,
}


class LookError(JobError):
    """A look ended in an error.

    Attributes:
        found: What the looks before it found, and that it failed.
    """

    def __init__(self, message: str, found: Mapping[str, Sequence[Condition]]) -> None:
        super().__init__(message)
        self.found = found


def look_at_all(
    settings: Settings, now: datetime, looks: Mapping[str, Look] = LOOKS
) -> Mapping[str, Sequence[Condition]]:
    """What each scope found.

    Raises:
        LookError: A look ended in an error; the others were made. Its scope is left out of what was found, so that its
            alerts stay open.
    """
    found: dict[str, Sequence[Condition]] = {LOOK: ()}
    for number, (scope, look) in enumerate(looks.items(), 1):
        try:
            found[scope] = tuple(look(settings, now))
        except Exception as error:
            rest = dict(list(looks.items())[number:])
            failed = _failed(scope, error)
            raise LookError(failed.subject, _joined(found, failed, _looked(settings, now, rest))) from error
    return found


def _looked(settings: Settings, now: datetime, looks: Mapping[str, Look]) -> Mapping[str, Sequence[Condition]]:
    try:
        return look_at_all(settings, now, looks)
    except LookError as error:
        return error.found


def _joined(
    before: Mapping[str, Sequence[Condition]], failed: Condition, after: Mapping[str, Sequence[Condition]]
) -> Mapping[str, Sequence[Condition]]:
    return {**before, **after, LOOK: (failed, *after[LOOK])}


def _failed(scope: str, error: Exception) -> Condition:
    return Condition(
        key=f"look_failed/{scope}",
        severity=Severity.CRITICAL,
        kind="look_failed",
        subject=f"it is not known whether {scope} is well: {sentence(error)}",
        detail="run `assay doctor`, then `assay alerts send --verbose`",
        source="alerts",
    )
