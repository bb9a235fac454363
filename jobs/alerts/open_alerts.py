"""What people do with open alerts: list them, and look after them."""

import getpass
from collections.abc import Sequence
from datetime import datetime, timedelta

from expectations.durations import seconds
from jobs.alerts.acknowledging import acknowledge
from jobs.alerts.channel_states import channel_views
from jobs.alerts.listing import as_data, as_lines, channel_data, channel_lines
from jobs.alerts.observing import open_alerts
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def list_open(settings: Settings, now: datetime) -> RunReport:
    """The open alerts, and the state of each channel."""
    alerts, views = open_alerts(settings.state), channel_views(settings.state)
    lines = (*as_lines(alerts, now), *channel_lines(views, now))
    return RunReport("alerts", changed=False, lines=lines, data=as_data(alerts, now) | channel_data(views, now))


def look_after(settings: Settings, keys: Sequence[str], by: str | None, duration: str, now: datetime) -> RunReport:
    """Acknowledge open alerts.

    Args:
        settings: Where the alert store is.
        keys: Of the alerts; none: every open alert.
        by: Who looks after them; None: the user.
        duration: For how long, such as `90min`.
        now: The clock.

    Raises:
        UsageError: No open alert has one of the keys, or the duration is not legal.
    """
    until = now + timedelta(seconds=seconds(duration))
    who = by or getpass.getuser()
    done = acknowledge(settings.state, keys, who, until, now)
    lines = tuple(f"acknowledged by {who} until {until:%Y-%m-%dT%H:%M:%SZ}: {key}" for key in done)
    data = {"acknowledged": done, "by": who, "until": until}
    return RunReport("alerts", changed=bool(done), lines=lines or ("no alert is open",), data=data)
