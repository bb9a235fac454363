"""Alerts without the store, where it cannot be written: to the log, and at once to every channel that answers."""

import hashlib
import json
import os
import time
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jobs.alerts.alert import Alert
from jobs.alerts.channels import Channel, log_channel
from jobs.alerts.condition import Condition, Severity
from jobs.alerts.draining import TRY_S, attempt
from jobs.alerts.errors import AlertStateError
from jobs.alerts.items import due_items
from jobs.alerts.message import Origin, compose
from jobs.alerts.observing import open_alerts
from jobs.runtime.exits import sentence
from jobs.runtime.lock import note_path

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

    What the store, if it can still be read, has open already is not said again.
    """
    unusable = Condition(
        key="alert_store_unusable",
        severity=Severity.CRITICAL,
        kind="alert_store_unusable",
        subject=f"alerts cannot be recorded in {state}: {sentence(error)}",
        detail="free space or set the rights of the state folder right; until then alerts may be repeated or missing",
        source="alerts",
    )
    found = [unusable, *(each for each in conditions if each.key not in _known(state))]
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
