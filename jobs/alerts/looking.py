"""Every look of `assay alerts send`: what is wrong now, by scope."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from jobs.alerts.condition import Condition, Severity
from jobs.alerts.job_runs import job_conditions
from jobs.alerts.own_conditions import own_conditions
from jobs.alerts.scheduler_watch import scheduler_conditions
from jobs.alerts.sending import LOOK
from jobs.runtime.errors import JobError
from jobs.runtime.exits import sentence
from jobs.runtime.settings import Settings

Look = Callable[[Settings, datetime], Sequence[Condition]]
# What needs the lake comes last: where it fails, the others have been looked at.
LOOKS: Mapping[str, Look] = {
    "alerts": own_conditions,
    "scheduler": scheduler_conditions,
    "jobs": job_conditions,
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
        LookError: A look ended in an error. Scopes that could not be looked at are left out of what it found, so that
            their alerts stay open.
    """
    found: dict[str, Sequence[Condition]] = {}
    try:
        for scope, look in looks.items():
            found[scope] = tuple(look(settings, now))
    except Exception as error:
        scope = next(each for each in looks if each not in found)
        failed = _failed(scope, error)
        raise LookError(failed.subject, found | {LOOK: (failed,)}) from error
    return found | {LOOK: ()}


def _failed(scope: str, error: Exception) -> Condition:
    return Condition(
        key=f"look_failed/{scope}",
        severity=Severity.CRITICAL,
        kind="look_failed",
        subject=f"it is not known whether {scope} is well: {sentence(error)}",
        detail="run `assay doctor`, then `assay alerts send --verbose`",
        source="alerts",
    )
