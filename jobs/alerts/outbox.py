"""The messages that wait for a channel: made from alerts in one transaction, gone once they were delivered."""

import sqlite3
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from jobs.alerts.alert import Alert, alert_of
from jobs.alerts.channel_states import state_of
from jobs.alerts.condition import Severity
from jobs.alerts.instants import stamp
from jobs.alerts.items import Item, Known, Policy, due_items, is_settled
from jobs.alerts.message import Fold, Message, Origin, compose

# Alerts that came and went while a channel could not be reached; beyond it the least severe and oldest are counted.
MOST_WAITING = 1000


def next_message(
    store: sqlite3.Connection, channel: str, policy: Policy, origin: Origin, now: datetime
) -> Message | None:
    """The message to deliver next; None where nothing waits, or where quiet hours or the open circuit forbid it.

    A message that was made before is next, with its delivery id, so that messages arrive in their order. Where none
    waits, one is made of all that the channel has not been notified of, and that is recorded in the same transaction.
    """
    retry_at = state_of(store, channel).retry_at
    if retry_at is not None and now < retry_at:
        return None
    waiting = store.execute("SELECT * FROM messages WHERE channel = ? ORDER BY seq", (channel,)).fetchall()
    for row in waiting:
        if not policy.holds(Severity(row["severity"]), now):
            return Message(row["delivery_id"], Severity(row["severity"]), row["body"])
    return _make(store, channel, policy, origin, now)


def mark_delivered(store: sqlite3.Connection, message: Message) -> None:
    """The message was delivered."""
    store.execute("DELETE FROM messages WHERE delivery_id = ?", (message.delivery_id,))


def waiting_for(store: sqlite3.Connection, channel: str) -> int:
    """How many messages were made and wait to be delivered."""
    return int(store.execute("SELECT count(*) FROM messages WHERE channel = ?", (channel,)).fetchone()[0])


def fold(store: sqlite3.Connection, channel: str, level: int) -> None:
    """Keep what waits for a channel bounded: of alerts that came and went unnotified, only count the excess."""
    if level > 0:
        return
    rows = store.execute(
        "SELECT * FROM alerts WHERE recovered_at IS NOT NULL "
        "AND id NOT IN (SELECT alert FROM notified WHERE channel = ?) ORDER BY worst, opened_at, id",
        (channel,),
    ).fetchall()
    excess = rows[: max(0, len(rows) - MOST_WAITING)]
    counts = Counter((row["worst"], row["kind"]) for row in excess)
    store.executemany(
        "INSERT INTO folded (channel, severity, kind, alerts) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (channel, severity, kind) DO UPDATE SET alerts = alerts + excluded.alerts",
        [(channel, severity, kind, number) for (severity, kind), number in counts.items()],
    )
    _note(store, channel, [(row["id"], row["worst"], 1) for row in excess])


def prune(store: sqlite3.Connection) -> None:
    """Forget the alerts that have recovered and that every channel in use knows of."""
    channels = store.execute("SELECT name, level FROM channels").fetchall()
    known = {row["name"]: _known(store, row["name"]) for row in channels}
    rows = store.execute("SELECT id FROM alerts WHERE recovered_at IS NOT NULL").fetchall()
    settled = [
        (row["id"],)
        for row in rows
        if all(is_settled(known[each["name"]].get(row["id"]), each["level"]) for each in channels)
    ]
    if channels:
        store.executemany("DELETE FROM notified WHERE alert = ?", settled)
        store.executemany("DELETE FROM alerts WHERE id = ?", settled)


def _make(store: sqlite3.Connection, channel: str, policy: Policy, origin: Origin, now: datetime) -> Message | None:
    items = due_items(_alerts(store), _known(store, channel), policy, now)
    folds = _folds(store, channel, policy, now)
    if not items and not folds:
        return None
    message = compose(str(uuid.uuid4()), items, folds, origin, now, policy.level)
    store.execute(
        "INSERT INTO messages (delivery_id, channel, severity, body, created_at) VALUES (?, ?, ?, ?, ?)",
        (message.delivery_id, channel, message.severity, message.body, stamp(now)),
    )
    _note(store, channel, [_noted(item) for item in items])
    store.executemany(
        "DELETE FROM folded WHERE channel = ? AND severity = ? AND kind = ?",
        [(channel, each.severity, each.kind) for each in folds],
    )
    return message


def _noted(item: Item) -> tuple[int, int, int]:
    return item.alert.number, item.alert.worst, int(item.alert.recovered_at is not None)


def _note(store: sqlite3.Connection, channel: str, noted: Sequence[tuple[int, int, int]]) -> None:
    store.executemany(
        "INSERT INTO notified (channel, alert, severity, recovered) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (channel, alert) DO UPDATE SET severity = excluded.severity, recovered = excluded.recovered",
        [(channel, *each) for each in noted],
    )


def _alerts(store: sqlite3.Connection) -> list[Alert]:
    return [alert_of(row) for row in store.execute("SELECT * FROM alerts ORDER BY id")]


def _known(store: sqlite3.Connection, channel: str) -> dict[int, Known]:
    rows = store.execute("SELECT * FROM notified WHERE channel = ?", (channel,)).fetchall()
    return {row["alert"]: Known(Severity(row["severity"]), bool(row["recovered"])) for row in rows}


def _folds(store: sqlite3.Connection, channel: str, policy: Policy, now: datetime) -> list[Fold]:
    rows = store.execute("SELECT * FROM folded WHERE channel = ? ORDER BY severity, kind", (channel,)).fetchall()
    folds = [Fold(Severity(row["severity"]), row["kind"], row["alerts"]) for row in rows]
    return [each for each in folds if not policy.holds(each.severity, now)]
