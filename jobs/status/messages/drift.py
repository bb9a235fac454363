"""Words on features and scores that drift."""

from collections.abc import Iterator

from jobs.alerts.condition import Severity
from jobs.status.facts import DriftState
from jobs.status.item import Item

SHOWN = 5
STEP = "look whether a sensor, a process or a setting changed: `assay ask what_drifts`; then train again or wait"


def drift_items(drift: DriftState) -> Iterator[Item]:
    """One condition for the fleet and each gateway that drifts; one line where nothing does."""
    until = f"in the window that ends {drift.until}"
    for of, features in drift.drifting.items():
        named = ", ".join(features[:SHOWN]) + (f" and {len(features) - SHOWN} more" if len(features) > SHOWN else "")
        yield Item("drift", f"{of}: {named} drift {until}", Severity.WARNING, STEP, f"drift/{of}")
    if not drift.drifting:
        yield Item("drift", f"none of {drift.compared:,} features and scores drifts {until}")
