"""Words on the engine, the disks and the open alerts."""

from collections.abc import Iterator
from datetime import datetime

from jobs.alerts.alert import Alert
from jobs.alerts.breaker import Circuit
from jobs.alerts.channel_states import ChannelView
from jobs.alerts.condition import Severity
from jobs.alerts.listing import channel_lines
from jobs.diagnosis.finding import MOUNT
from jobs.status.facts import Disk, Engine
from jobs.status.item import Item

# Below half of the limit the next large job may be the one that fails.
_CRITICAL_PART = 0.5


def engine_items(engine: Engine) -> Iterator[Item]:
    """The warm engine."""
    if engine.wrong:
        yield Item("engine", engine.wrong, Severity.WARNING, engine.step, "engine_failed/engine")
    else:
        yield Item("engine", engine.found)


def disk_items(disks: tuple[Disk, ...], least_free: float) -> Iterator[Item]:
    """The free part of each disk, of its bytes and of its file entries; folders that no job can write."""
    for disk in disks:
        for name in disk.read_only:
            text = f"{name}: its file system is read-only, no job can write to it"
            yield Item("disk", text, Severity.CRITICAL, MOUNT, f"disk_read_only/{name}")
        text = f"{disk.name}: {disk.free_share:.0%} free ({disk.free_bytes / 1e9:.1f} GB) at {disk.folder}"
        least = min(disk.free_share, 1.0 if disk.free_entries_share is None else disk.free_entries_share)
        if disk.free_entries_share is not None and disk.free_entries_share < least_free:
            text += f"; {disk.free_entries_share:.0%} of its file entries are free"
        if least >= least_free:
            yield Item("disk", text)
            continue
        text += f"; nearly full, at least {least_free:.0%} is asked for (setting least_free)"
        severity = Severity.CRITICAL if least < least_free * _CRITICAL_PART else Severity.WARNING
        step = "free some space: `assay upkeep` removes files that no version needs; else enlarge the disk"
        yield Item("disk", text, severity, step, f"disk_low/{disk.name}")


def alert_items(alerts: tuple[Alert, ...], now: datetime) -> Iterator[Item]:
    """Alerts that are open; those that somebody looks after need nobody else."""
    if not alerts:
        yield Item("alerts", "no alert is open")
    for alert in alerts:
        held = alert.is_acknowledged(now)
        who = f", {alert.acknowledgement.who} looks after it" if held and alert.acknowledgement else ""
        since = f"since {alert.opened_at:%Y-%m-%d %H:%M} UTC{who}"
        text = f"{alert.condition.severity.word}: {alert.condition.subject} ({since})"
        needs = max(Severity.WARNING, alert.condition.severity)
        is_quiet = held or alert.condition.severity is Severity.INFO
        step = alert.condition.detail or "see `assay alerts list`"
        yield Item("alerts", text, Severity.INFO if is_quiet else needs, "" if is_quiet else step)


def channel_items(channels: tuple[ChannelView, ...], now: datetime) -> Iterator[Item]:
    """Whether alerts arrive; a channel that fails is an alert of its own."""
    for view, line in zip(channels, channel_lines(channels, now), strict=True):
        if view.state.circuit(now) is Circuit.CLOSED:
            yield Item("alerts", line)
        else:
            step = "repair what the reason names, then run `assay alerts test`; what waits is sent"
            yield Item("alerts", line, Severity.WARNING, step)
