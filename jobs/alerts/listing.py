"""Open alerts as lines for people and as data for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobs.alerts.alert import Alert
from jobs.alerts.channel_states import ChannelView


def as_lines(alerts: Sequence[Alert], now: datetime) -> tuple[str, ...]:
    """Two lines for each alert: what is wrong, and what to do."""
    if not alerts:
        return ("no alert is open",)
    return tuple(line for alert in alerts for line in _lines(alert, now))


def as_data(alerts: Sequence[Alert], now: datetime) -> dict[str, Any]:
    """The same for `--json`."""
    return {"alerts": [_data(alert, now) for alert in alerts]}


def channel_lines(views: Sequence[ChannelView], now: datetime) -> tuple[str, ...]:
    """A line for each channel: its circuit, what waits, and why it fails."""
    return tuple(_channel_line(view, now) for view in views)


def channel_data(views: Sequence[ChannelView], now: datetime) -> dict[str, Any]:
    """The same for `--json`."""
    return {"channels": [_channel_data(view, now) for view in views]}


def _channel_line(view: ChannelView, now: datetime) -> str:
    state = view.state
    last = "never" if state.delivered_at is None else f"{state.delivered_at:%Y-%m-%dT%H:%M:%SZ}"
    circuit = state.circuit(now).replace("_", " ")
    line = f"channel {state.name}: circuit {circuit}, {view.waiting} waiting, last delivered {last}"
    retry = f", tried again from {state.retry_at:%Y-%m-%dT%H:%M:%SZ}" if state.retry_at else ""
    return line + (f"; {state.failures} failed in a row{retry}: {state.error}" if state.error else "")


def _channel_data(view: ChannelView, now: datetime) -> dict[str, Any]:
    state = view.state
    return {
        "channel": state.name,
        "circuit": state.circuit(now),
        "failures": state.failures,
        "error": state.error,
        "waiting": view.waiting,
        "failed_at": state.failed_at,
        "retry_at": state.retry_at,
        "delivered_at": state.delivered_at,
    }


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
