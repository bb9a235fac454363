"""How deliveries of each channel went, in the store."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jobs.alerts.breaker import LONGEST_WAIT, ChannelState
from jobs.alerts.condition import LONGEST_SUBJECT, one_line
from jobs.alerts.instants import instant, stamp
from jobs.alerts.store import look
from lakehouse.log import log

# A channel that no send named for this long is not configured any more: what waits for it is no longer kept.
FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as `assay alerts list` and `assay status` show it: its state, and how many messages wait."""

    state: ChannelState
    waiting: int


def use(store: sqlite3.Connection, channels: Iterable[tuple[str, int]], now: datetime) -> None:
    """Note that these channels (name and level of escalation) are configured; forget those long unused."""
    store.executemany(
        "INSERT INTO channels (name, level, used_at) VALUES (?, ?, ?) "
        "ON CONFLICT (name) DO UPDATE SET level = excluded.level, used_at = excluded.used_at",
        [(name, level, stamp(now)) for name, level in channels],
    )
    limit = (stamp(now - FORGOTTEN_AFTER),)
    for row in store.execute("SELECT name FROM channels WHERE used_at < ?", limit).fetchall():
        _forget(store, row["name"])


def state_of(store: sqlite3.Connection, name: str) -> ChannelState:
    """The state of a channel; a new one is closed."""
    row = store.execute("SELECT * FROM channels WHERE name = ?", (name,)).fetchone()
    return ChannelState(name) if row is None else _state(row)


def set_state(store: sqlite3.Connection, state: ChannelState) -> None:
    """Record the state of a channel that `use` has named."""
    store.execute(
        "UPDATE channels SET failures = ?, error = ?, failed_at = ?, retry_at = ?, delivered_at = ? WHERE name = ?",
        (
            state.failures,
            one_line(state.error, LONGEST_SUBJECT),
            *(None if at is None else stamp(at) for at in (state.failed_at, state.retry_at, state.delivered_at)),
            state.name,
        ),
    )


def channel_views(state: Path) -> tuple[ChannelView, ...]:
    """Every channel that a send has named, by name. Empty where there is no store.

    Raises:
        AlertStateError: The store cannot be read.
    """
    with look(state) as store:
        if store is None:
            return ()
        rows = store.execute(
            "SELECT *, (SELECT count(*) FROM messages WHERE channel = channels.name) AS waiting "
            "FROM channels ORDER BY name"
        ).fetchall()
    return tuple(ChannelView(_state(row), row["waiting"]) for row in rows)


def heed_clock(store: sqlite3.Connection, now: datetime) -> None:
    """Bring times that lie ahead of the clock back to it: the clock was set back, or had been wrong.

    So no wait is longer than the longest legal one, no age is negative, and an acknowledgement holds as long as was
    asked for.
    """
    at = stamp(now)
    ahead = store.execute("SELECT * FROM alerts WHERE acknowledged_at > ?", (at,)).fetchall()
    for row in ahead:
        since, until = instant(row["acknowledged_at"]), instant(row["acknowledged_until"])
        assert since is not None
        assert until is not None
        store.execute(
            "UPDATE alerts SET acknowledged_at = ?, acknowledged_until = ? WHERE id = ?",
            (at, stamp(now + (until - since)), row["id"]),
        )
    store.execute("UPDATE alerts SET opened_at = ? WHERE opened_at > ?", (at, at))
    store.execute("UPDATE alerts SET seen_at = ? WHERE seen_at > ?", (at, at))
    store.execute("UPDATE alerts SET recovered_at = ? WHERE recovered_at > ?", (at, at))
    store.execute("UPDATE runs SET reported_at = ? WHERE reported_at > ?", (at, at))
    store.execute("UPDATE channels SET used_at = ? WHERE used_at > ?", (at, at))
    store.execute("UPDATE channels SET failed_at = ? WHERE failed_at > ?", (at, at))
    store.execute("UPDATE channels SET delivered_at = ? WHERE delivered_at > ?", (at, at))
    longest = stamp(now + LONGEST_WAIT * 1.25)
    store.execute("UPDATE channels SET retry_at = ? WHERE retry_at > ?", (stamp(now + LONGEST_WAIT), longest))


def _forget(store: sqlite3.Connection, channel: str) -> None:
    waiting = store.execute("SELECT body FROM messages WHERE channel = ? ORDER BY seq", (channel,)).fetchall()
    for row in waiting:
        log().warning("channel %s is not configured any more; it was never sent: %s", channel, row["body"])
    store.execute("DELETE FROM messages WHERE channel = ?", (channel,))
    store.execute("DELETE FROM notified WHERE channel = ?", (channel,))
    store.execute("DELETE FROM folded WHERE channel = ?", (channel,))
    store.execute("DELETE FROM channels WHERE name = ?", (channel,))


def _state(row: sqlite3.Row) -> ChannelState:
    return ChannelState(
        row["name"],
        row["failures"],
        row["error"],
        instant(row["failed_at"]),
        instant(row["retry_at"]),
        instant(row["delivered_at"]),
    )
