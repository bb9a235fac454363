"""What one channel has not been notified of yet: a pure decision from alerts and what the channel knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jobs.alerts.alert import Alert
from jobs.alerts.condition import FOLDED, Severity
from jobs.alerts.quiet import QuietHours


class Change(StrEnum):
    """What happened to an alert since the channel was last notified of it."""

    OPENED = "opened"
    WORSENED = "worsened"
    ESCALATED = "escalated"
    RECOVERED = "recovered"
    RECOVERED_MEANWHILE = "recovered_meanwhile"


@dataclass(frozen=True, slots=True)
class Known:
    """What a channel was notified of: the highest severity of an alert, and whether of its recovery."""

    severity: Severity
    recovered: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One change to notify of; `held` where quiet hours held it back until now."""

    alert: Alert
    change: Change
    held: bool

    @property
    def severity(self) -> Severity:
        """The highest severity that the alert had."""
        return self.alert.worst


@dataclass(frozen=True, slots=True)
class Policy:
    """When a channel is notified.

    Attributes:
        level: 0 for each alert at once; else the level of escalation.
        after: Escalation: how long an alert is open without acknowledgement.
        quiet: Quiet hours, where there are any.
    """

    level: int = 0
    after: timedelta = timedelta(0)
    quiet: QuietHours | None = None

    def holds(self, severity: Severity, now: datetime) -> bool:
        """Whether something of that severity waits for the end of quiet hours."""
        return self.quiet is not None and severity < Severity.CRITICAL and self.quiet.hold(now)


def due_items(alerts: Iterable[Alert], known: Mapping[int, Known], policy: Policy, now: datetime) -> tuple[Item, ...]:
    """What to notify of now: counts of conditions first, then the most severe, then the oldest.

    Args:
        alerts: Those that are open, and recovered ones that some channel does not know of.
        known: What the channel was notified of, by the alert's number.
        policy: Of the channel.
        now: The time of the send.
    """
    found = []
    for alert in alerts:
        change = _change(alert, known.get(alert.number), policy, now)
        if change is not None and not policy.holds(alert.worst, now):
            found.append(Item(alert, change, _was_held(alert, change, policy)))
    return tuple(sorted(found, key=_rank))


def is_settled(known: Known | None, level: int) -> bool:
    """Whether a channel has nothing more to learn of an alert that has recovered."""
    return known.recovered if known is not None else level > 0


def _rank(item: Item) -> tuple[bool, int, datetime, int]:
    alert = item.alert
    return alert.condition.kind != FOLDED, -item.severity, alert.opened_at, alert.number


def _change(alert: Alert, known: Known | None, policy: Policy, now: datetime) -> Change | None:
    if alert.recovered_at is not None:
        if is_settled(known, policy.level):
            return None
        return Change.RECOVERED_MEANWHILE if known is None else Change.RECOVERED
    if policy.level > 0:
        return Change.ESCALATED if known is None and _is_unattended(alert, policy.after, now) else None
    if known is None:
        return Change.OPENED
    return Change.WORSENED if alert.worst > known.severity else None


def _is_unattended(alert: Alert, after: timedelta, now: datetime) -> bool:
    """Open for `after` without acknowledgement; the time runs again from where an acknowledgement ended."""
    if alert.worst is Severity.INFO or alert.is_acknowledged(now):
        return False
    held = alert.acknowledgement
    return now - (alert.opened_at if held is None else max(alert.opened_at, held.until)) >= after


def _was_held(alert: Alert, change: Change, policy: Policy) -> bool:
    if policy.quiet is None or alert.worst is Severity.CRITICAL:
        return False
    at = alert.recovered_at if change is Change.RECOVERED else alert.opened_at
    return at is not None and policy.quiet.hold(at)
