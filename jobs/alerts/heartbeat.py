"""The heartbeat: each send says that it ran and what it saw, for a watcher outside that alarms on silence."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.alerts.alert import Alert
from jobs.alerts.condition import Severity
from jobs.alerts.delivery import DeliveryError
from jobs.alerts.draining import Result
from jobs.alerts.http_call import Call, call
from jobs.alerts.message import Origin
from jobs.alerts.webhook import check
from jobs.runtime.alert_settings import AlertSettings
from lakehouse.storage.durable import sync_folder

FILE, FORMAT = "heartbeat.json", "assay.heartbeat/1"
TRY_S = 15.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a send saw.

    Attributes:
        at: Time of the send.
        origin: Whose.
        is_looked: Whether it looked at everything; false where a look failed, or only what waited was delivered.
        open: Open alerts by severity.
        failing: Channels whose last delivery failed.
        waiting: Messages that wait to be delivered.
    """

    at: datetime
    origin: Origin
    is_looked: bool
    open: dict[str, int]
    failing: tuple[str, ...]
    waiting: int

    def as_json(self) -> str:
        """One line of JSON, as file and webhook have it."""
        beat: dict[str, Any] = {
            "format": FORMAT,
            "at": self.at.isoformat(),
            "plant": self.origin.plant,
            "host": self.origin.host,
            "looked": self.is_looked,
            "open_alerts": self.open,
            "failing_channels": self.failing,
            "waiting_messages": self.waiting,
        }
        return json.dumps(beat)


def heartbeat_of(
    alerts: Sequence[Alert], results: Sequence[Result], origin: Origin, at: datetime, *, is_looked: bool
) -> Heartbeat:
    """The heartbeat after a send."""
    counts = Counter(alert.condition.severity.word for alert in alerts)
    failing = tuple(result.channel for result in results if result.error)
    waiting = sum(result.waiting for result in results)
    return Heartbeat(at, origin, is_looked, {each.word: counts[each.word] for each in Severity}, failing, waiting)


def with_wrong_settings(beat: Heartbeat) -> Heartbeat:
    """The heartbeat of a send that used the log alone, as the settings of a channel are wrong."""
    return replace(beat, failing=(*beat.failing, "settings"))


def write(state: Path, heartbeat: Heartbeat) -> None:
    """Replace the file in one step, durably: a reader sees the old one or the new one.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
    """
    draft = state / f"{FILE}.{os.getpid()}"
    try:
        with draft.open("w", encoding="utf-8") as out:
            out.write(heartbeat.as_json() + "\n")
            out.flush()
            os.fsync(out.fileno())
        draft.replace(state / FILE)
        sync_folder(state)
    finally:
        draft.unlink(missing_ok=True)


def ask(alerts: AlertSettings, heartbeat: Heartbeat) -> DeliveryError | None:
    """Post the heartbeat to the watcher, where one is set; None where it answered."""
    if alerts.heartbeat_url is None:
        return None
    headers = {"Content-Type": "application/json", "User-Agent": "assay-alerts/1"}
    asked = Call(alerts.heartbeat_url, "POST", headers, heartbeat.as_json().encode(), alerts.ca_file)
    try:
        check(call(asked, TRY_S), alerts.heartbeat_url)
    except DeliveryError as error:
        return error
    return None
