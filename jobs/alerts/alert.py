"""An alert: a condition that was observed, from its opening to its recovery."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from jobs.alerts.condition import Acknowledgement, Condition, Severity
from jobs.alerts.instants import instant


@dataclass(frozen=True, slots=True)
class Alert:
    """One opening of a condition.

    Attributes:
        number: Its number in the store; a condition that comes again gets a new one.
        scope: Whose looks open and recover it, such as `status` or `dag/ingest_hourly`.
        condition: What is wrong, as last seen.
        worst: The highest severity that it had since it opened.
        opened_at: When it was first seen.
        seen_at: When it was last seen.
        recovered_at: When it was gone; None while it is open.
        acknowledgement: None where nobody has acknowledged it.
    """

    number: int
    scope: str
    condition: Condition
    worst: Severity
    opened_at: datetime
    seen_at: datetime
    recovered_at: datetime | None = None
    acknowledgement: Acknowledgement | None = None

    def is_acknowledged(self, now: datetime) -> bool:
        """Whether somebody looks after it at `now`."""
        return self.acknowledgement is not None and now < self.acknowledgement.until


def alert_of(row: sqlite3.Row) -> Alert:
    """The alert of a row of the store."""
    names = ("key", "kind", "subject", "detail", "source")
    condition = Condition(severity=Severity(row["severity"]), **{name: row[name] for name in names})
    opened, seen = instant(row["opened_at"]), instant(row["seen_at"])
    since, until = instant(row["acknowledged_at"]), instant(row["acknowledged_until"])
    assert opened is not None
    assert seen is not None
    held = None if since is None or until is None else Acknowledgement(row["acknowledged_by"], since, until)
    worst = Severity(row["worst"])
    return Alert(row["id"], row["scope"], condition, worst, opened, seen, instant(row["recovered_at"]), held)
