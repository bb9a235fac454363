"""Open alerts as lines for people and as data for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobs.alerts.alert import Alert


def as_lines(alerts: Sequence[Alert], now: datetime) -> tuple[str, ...]:
    """Two lines for each alert: what is wrong, and what to do."""
    if not alerts:
        return ("no alert is open",)
    return tuple(line for alert in alerts for line in _lines(alert, now))


def as_data(alerts: Sequence[Alert], now: datetime) -> dict[str, Any]:
    """The same for `--json`."""
    return {"alerts": [_data(alert, now) for alert in alerts]}


def _lines(alert: Alert, now: datetime) -> tuple[str, ...]:
    held = alert.acknowledgement if alert.is_acknowledged(now) else None
    who = f", acknowledged by {held.who} until {held.until:%Y-%m-%dT%H:%M:%SZ}" if held else ""
    condition = alert.condition
    since = f"since {alert.opened_at:%Y-%m-%dT%H:%M:%SZ}"
    head = f"{condition.severity.word:<8}  {condition.subject} ({since}{who})"
    return (head, f"          {condition.key}" + (f": {condition.detail}" if condition.detail else ""))


def _data(alert: Alert, now: datetime) -> dict[str, Any]:
    held = alert.acknowledgement if alert.is_acknowledged(now) else None
    condition = alert.condition
    return {
        "key": condition.key,
        "severity": condition.severity.word,
        "kind": condition.kind,
        "subject": condition.subject,
        "detail": condition.detail,
        "source": condition.source,
        "scope": alert.scope,
        "opened_at": alert.opened_at,
        "seen_at": alert.seen_at,
        "acknowledged_by": held.who if held else None,
        "acknowledged_until": held.until if held else None,
    }
