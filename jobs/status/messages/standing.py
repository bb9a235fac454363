"""Words on alarms of machines: one that nobody answers gets more severe after a time, and never lapses."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from jobs.alerts.condition import Severity
from jobs.status.item import Item
from jobs.status.machine_facts import StandingAlarm

STEP = (
    "look at the machine; `assay ask why_alarm` says why; then `assay alerts acknowledge {key}`, or let the record of "
    "the work, or the answer, land"
)


def standing_items(
    alarms: Sequence[StandingAlarm], acknowledged: Collection[str], now: datetime, after: timedelta
) -> Iterator[Item]:
    """One condition for each machine, and a line for one that was answered and whose scores are still high.

    Args:
        alarms: Active now.
        acknowledged: Keys of the alerts that somebody looks after.
        now: The clock.
        after: Time from the raise after which an alarm without answer is critical.
    """
    for one in alarms:
        key, text = f"machine_alarm/{one.machine}", f"{one.machine}: alarm since {one.raised_at:%Y-%m-%d %H:%M} UTC"
        if one.is_answered:
            yield Item("alarms", f"{text}; it was answered, worked on, or failed, since then")
            continue
        is_held = key in acknowledged or (one.held is not None and now < one.held.until)
        is_open = now - one.raised_at >= after and not is_held
        words = f"{text}; nobody answered it within {after / timedelta(hours=1):g} h" if is_open else text
        severity = Severity.CRITICAL if is_open else Severity.WARNING
        yield Item("alarms", words, severity, STEP.format(key=key), key, one.held)
