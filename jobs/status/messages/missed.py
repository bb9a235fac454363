"""Words on failures that no alarm announced in time."""

from collections.abc import Iterator, Sequence

from jobs.alerts.condition import Severity
from jobs.status.item import Item
from jobs.status.machine_facts import MissedFailure

STEP = "look what was known: `assay ask missed_failures`; was it a reading, a feature, or a threshold that was missing?"


def missed_items(missed: Sequence[MissedFailure]) -> Iterator[Item]:
    """One condition for each failure."""
    for one in missed:
        text = f"{one.machine}: no alarm in time before the failure of {one.failed_at:%Y-%m-%d %H:%M} ({one.kinds})"
        key = f"missed_failure/{one.machine}/{one.failed_at:%Y-%m-%dT%H:%M:%S}"
        yield Item("drift", f"{text}: {one.words}; scored in {one.source}", Severity.WARNING, STEP, key)
