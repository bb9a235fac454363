"""What one look found becomes alerts: new ones open, known ones stay, those that are gone recover."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.alerts.alert import Alert, alert_of
from jobs.alerts.condition import FOLDED, LONGEST_SUBJECT, Condition, Severity, one_line
from jobs.alerts.instants import stamp
from jobs.alerts.store import change, look

# Open alerts of one scope. A look that finds more has one cause, and nobody reads a thousand lines at night.
MOST_OPEN = 1000


@dataclass(frozen=True, slots=True)
class Observed:
    """The keys that a look opened, found open already, and recovered."""

    opened: tuple[str, ...]
    open: tuple[str, ...]
    recovered: tuple[str, ...]


def observe(state: Path, scope: str, conditions: Sequence[Condition], now: datetime) -> Observed:
    """Record what a look of `scope` found. It speaks for all of its scope: what it does not name has recovered.

    At most `MOST_OPEN` alerts of a scope are open; the least severe beyond it are one alert that counts them.

    Raises:
        AlertStateError: The store cannot be written; nothing of the look was recorded.
        OSError: The disk is full, or the state folder cannot be made.
    """
    with change(state) as store:
        return record(store, scope, conditions, now)


def record(store: sqlite3.Connection, scope: str, conditions: Sequence[Condition], now: datetime) -> Observed:
    """The same within a transaction that is open."""
    known = {alert.condition.key: alert for alert in _open(store, scope)}
    found = bounded(scope, conditions, known)
    new = [condition for key, condition in found.items() if key not in known]
    gone = [alert for key, alert in known.items() if key not in found]
    for key in found.keys() & known.keys():
        _update(store, known[key], found[key], now)
    at = stamp(now)
    store.executemany(
        "INSERT INTO alerts (scope, key, severity, worst, kind, subject, detail, source, opened_at, seen_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(scope, c.key, c.severity, c.severity, c.kind, c.subject, c.detail, c.source, at, at) for c in new],
    )
    for condition in found.values():
        _hold(store, scope, condition, now)
    store.executemany("UPDATE alerts SET recovered_at = ? WHERE id = ?", [(at, alert.number) for alert in gone])
    return Observed(
        tuple(condition.key for condition in new),
        tuple(sorted(found.keys() & known.keys())),
        tuple(sorted(alert.condition.key for alert in gone)),
    )


def open_alerts(state: Path) -> tuple[Alert, ...]:
    """The alerts that are open, most severe first, then oldest first. Empty where there is no store.

    Raises:
        AlertStateError: The store cannot be read.
    """
    with look(state) as store:
        if store is None:
            return ()
        rows = store.execute(
            "SELECT * FROM alerts WHERE recovered_at IS NULL ORDER BY severity DESC, opened_at, id"
        ).fetchall()
    return tuple(map(alert_of, rows))


def bounded(scope: str, conditions: Iterable[Condition], known: Iterable[str]) -> dict[str, Condition]:
    """The conditions by key, at most `MOST_OPEN`; where there are more, the last counts the rest.

    Of two with one key the more severe counts. The most severe stay; among equals those that are open already, so
    that a storm of one size is the same storm in each look.
    """
    found: dict[str, Condition] = {}
    for condition in conditions:
        if condition.key not in found or condition.severity > found[condition.key].severity:
            found[condition.key] = condition
    if len(found) <= MOST_OPEN:
        return found
    is_known = set(known)
    ranked = sorted(found.values(), key=lambda c: (-c.severity, c.key not in is_known, c.key))
    first, rest = ranked[: MOST_OPEN - 1], ranked[MOST_OPEN - 1 :]
    return {condition.key: condition for condition in (*first, _counted(scope, rest))}


def _counted(scope: str, rest: Sequence[Condition]) -> Condition:
    by_kind = Counter((condition.severity, condition.kind) for condition in rest)
    counts = ", ".join(f"{number} {severity.word} {kind}" for (severity, kind), number in sorted(by_kind.items()))
    return Condition(
        key=f"{FOLDED}/{scope}",
        severity=max((condition.severity for condition in rest), default=Severity.INFO),
        kind=FOLDED,
        subject=f"{len(rest)} more conditions of {scope}: {counts}",
        detail="they have most likely one cause; `assay status` shows it",
        source=scope,
    )


def _open(store: sqlite3.Connection, scope: str) -> tuple[Alert, ...]:
    rows = store.execute("SELECT * FROM alerts WHERE scope = ? AND recovered_at IS NULL", (scope,)).fetchall()
    return tuple(map(alert_of, rows))


def _hold(store: sqlite3.Connection, scope: str, condition: Condition, now: datetime) -> None:
    """An acknowledgement that came by another way counts as one by command; the later end of the two is the end."""
    held = condition.held
    if held is None or held.until <= now:
        return
    until = stamp(held.until)
    store.execute(
        "UPDATE alerts SET acknowledged_by = ?, acknowledged_at = ?, acknowledged_until = ? WHERE scope = ? AND "
        "key = ? AND recovered_at IS NULL AND (acknowledged_until IS NULL OR acknowledged_until < ?)",
        (one_line(held.who, LONGEST_SUBJECT), stamp(held.since), until, scope, condition.key, until),
    )


def _update(store: sqlite3.Connection, alert: Alert, condition: Condition, now: datetime) -> None:
    """An alert that gets worse than it ever was needs a new acknowledgement."""
    worst = max(alert.worst, condition.severity)
    store.execute(
        "UPDATE alerts SET severity = ?, worst = ?, kind = ?, subject = ?, detail = ?, source = ?, seen_at = ? "
        "WHERE id = ?",
        (
            condition.severity,
            worst,
            condition.kind,
            condition.subject,
            condition.detail,
            condition.source,
            stamp(now),
            alert.number,
        ),
    )
    if worst > alert.worst:
        store.execute(
            "UPDATE alerts SET acknowledged_by = NULL, acknowledged_at = NULL, acknowledged_until = NULL WHERE id = ?",
            (alert.number,),
        )
