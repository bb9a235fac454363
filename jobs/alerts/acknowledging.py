"""Somebody looks after an alert: it is not escalated until the time that they say."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from expectations.errors import unknown_name
from jobs.alerts.condition import LONGEST_SUBJECT, one_line
from jobs.alerts.instants import stamp
from jobs.alerts.store import change
from lakehouse.errors import UsageError


def acknowledge(state: Path, keys: Sequence[str], who: str, until: datetime, now: datetime) -> tuple[str, ...]:
    """Acknowledge the open alerts with these keys, or all where no key is given; returns the keys.

    An acknowledgement belongs to one opening: a condition that recovers and comes again needs a new one.

    Raises:
        UsageError: No open alert has one of the keys, or `until` is not after `now`; nothing was acknowledged.
    """
    if until <= now:
        raise UsageError(f"an acknowledgement until {until.isoformat()} is over already; legal: a time after now")
    with change(state) as store:
        rows = store.execute("SELECT id, key FROM alerts WHERE recovered_at IS NULL ORDER BY id").fetchall()
        known = {row["key"] for row in rows}
        for key in keys:
            if key not in known:
                raise UsageError(unknown_name("alert", key, known) if known else f"no alert {key!r}: none is open")
        chosen = [row for row in rows if not keys or row["key"] in set(keys)]
        store.executemany(
            "UPDATE alerts SET acknowledged_by = ?, acknowledged_at = ?, acknowledged_until = ? WHERE id = ?",
            [(one_line(who, LONGEST_SUBJECT), stamp(now), stamp(until), row["id"]) for row in chosen],
        )
    return tuple(row["key"] for row in chosen)
