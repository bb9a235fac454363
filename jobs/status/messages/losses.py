"""Words on records that gateways numbered and that never came."""

from collections.abc import Iterator

from jobs.alerts.condition import Severity
from jobs.status.item import Item
from jobs.status.machine_facts import LossState

STEP = (
    "`assay ask reconciliation` says which days; look whether files of these wait, came half, or are still on the "
    "gateway, and send them again: nothing counts twice"
)


def loss_items(losses: LossState) -> Iterator[Item]:
    """One condition for each gateway that lost too many; one line where none did."""
    for name, loss in losses.above.items():
        text = (
            f"gateway {name}: {loss.missing:,} of {loss.produced:,} records never came "
            f"({loss.missing / loss.produced:.2%}; 0.1% is allowed), the first on {loss.since}"
        )
        yield Item("losses", text, Severity.WARNING, STEP, f"message_loss/{name}")
    if not losses.above:
        yield Item("losses", f"no gateway of {losses.gateways:,} lost more than 0.1% in the week to {losses.until}")
