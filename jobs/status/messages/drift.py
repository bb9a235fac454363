"""Words on features and scores that drift, on a champion that got worse or cannot score, on a version that waits."""

from collections.abc import Iterator, Sequence

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


def worse_items(worse: Sequence[str]) -> Iterator[Item]:
    """One condition where the champion did worse in its newest week than before."""
    if worse:
        step = "look at the week: `assay ask accuracy`; `monitor_daily` starts a training once the cool-down is over"
        yield Item("drift", f"the champion: {'; '.join(worse)}", Severity.WARNING, step, "model_worse/champion")


def unsealed_item(version: str) -> Item:
    """One condition where the champion cannot score."""
    text = f"no bundle holds the champion {version}: this lake makes no scores, gateways go on with an older bundle"
    step = "run `assay bundle build`, then `assay score`"
    return Item("drift", text, Severity.CRITICAL, step, "model_unsealed/champion")


def waiting_item(version: str) -> Item:
    """One condition where a version waits for a person's yes."""
    step = (
        f"read `assay models show {version}`; yes: `assay promote --version {version} --approved-by NAME`, or the "
        f"question of `approve_model` in Airflow; no: `assay models retire {version} --reason WHY`"
    )
    text = f"version {version} passed its gate and waits for a person's yes"
    return Item("drift", text, Severity.WARNING, step, "model_waits/challenger")
