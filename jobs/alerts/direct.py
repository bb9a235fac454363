"""Alerts without the store, where it cannot be written: to the log, and at once to every channel that answers."""

import hashlib
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from jobs.alerts.alert import Alert
from jobs.alerts.channels import Channel, log_channel
from jobs.alerts.condition import Condition, Severity
from jobs.alerts.draining import TRY_S, attempt
from jobs.alerts.errors import AlertStateError
from jobs.alerts.instants import stamp
from jobs.alerts.items import due_items
from jobs.alerts.message import Origin, compose
from jobs.alerts.observing import open_alerts
from lakehouse.lock import note_path

# Nothing can be recorded, so the same is said again at each send; not more often than this, where that can be noted.
REPEATED_AFTER_S = 3600


def deliver_directly(
    state: Path,
    channels: Sequence[Channel],
    conditions: Sequence[Condition],
    error: BaseException,
    origin: Origin,
    now: datetime,
) -> dict[str, str]:
    """Deliver what is wrong now, and that the store cannot be written; returns why a channel failed, by its name.

    What the store, if it can still be read, has open already is not reported again.
    """
    found = [_unusable(state, error), *(each for each in conditions if each.key not in _known(state))]
    alerts = [Alert(number, "direct", each, each.severity, now, now) for number, each in enumerate(found)]
    failed = {}
    is_repeated = _is_repeated(state, found)
    for channel in (log_channel(), *channels):
        items = due_items(alerts, {}, channel.policy, now)
        is_log = channel.name == log_channel().name
        if channel.policy.level > 0 or not items or (is_repeated and not is_log):
            continue
        message = compose(str(uuid.uuid4()), items, (), origin, now)
        problem = attempt(channel, message, 2, time.monotonic() + TRY_S)
        if problem is not None:
            failed[channel.name] = str(problem)
    if not failed:
        _note(state, found)
    return failed


def recover(store: sqlite3.Connection, state: Path, channels: Iterable[str], now: datetime) -> None:
    """The store can be written again: let the channels that were notified otherwise know, with the next message.

    The alert that could not be recorded is recorded now, as one that these channels know of and that has recovered.
    """
    began = _noted_at(state)
    if began is None:
        return
    alert = _unusable(state, None)
    store.execute(
        "INSERT INTO alerts (scope, key, severity, worst, kind, subject, detail, source, opened_at, seen_at, "
        "recovered_at) VALUES ('direct', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(alert.key, alert.severity, alert.severity, alert.kind, alert.subject, alert.detail, alert.source),
            *(stamp(min(began, now)), stamp(now), stamp(now)),
        ),
    )
    number = store.execute("SELECT last_insert_rowid()").fetchone()[0]
    store.executemany(
        "INSERT INTO notified (channel, alert, severity, recovered) VALUES (?, ?, ?, 0)",
        [(channel, number, alert.severity) for channel in channels],
    )


def forget(state: Path) -> None:
    """The channels were let know, or will be: it is recorded."""
    with suppress(OSError):
        _note_file(state).unlink(missing_ok=True)


def _unusable(state: Path, error: BaseException | None) -> Condition:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error or "")
    return Condition(
        key="alert_store_unusable",
        severity=Severity.CRITICAL,
        kind="alert_store_unusable",
        subject=f"alerts cannot be recorded in {state}" + (f": {reason}" if reason else ""),
        detail="free space or set the rights of the state folder right; until then alerts may be repeated or missing",
        source="alerts",
    )


def _noted_at(state: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(_note_file(state).stat().st_mtime, UTC)
    except OSError:
        return None


def _known(state: Path) -> set[str]:
    try:
        return {alert.condition.key for alert in open_alerts(state)}
    except (AlertStateError, OSError):
        return set()


def _note_file(state: Path) -> Path:
    return note_path(state).with_suffix(".alerts")


def _digest(conditions: Sequence[Condition]) -> str:
    keys = json.dumps(sorted((each.key, each.severity) for each in conditions))
    return hashlib.sha256(keys.encode()).hexdigest()


def _is_repeated(state: Path, conditions: Sequence[Condition]) -> bool:
    path = _note_file(state)
    try:
        age = time.time() - path.stat().st_mtime
        return 0 <= age < REPEATED_AFTER_S and path.read_text(encoding="utf-8") == _digest(conditions)
    except (OSError, UnicodeDecodeError):
        return False


def _note(state: Path, conditions: Sequence[Condition]) -> None:
    path = _note_file(state)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_uid != os.getuid():
            return
        path.write_text(_digest(conditions), encoding="utf-8")
    except OSError:
        return
