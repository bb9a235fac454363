"""Words on machines that are blind or beyond a limit."""

from collections.abc import Iterator

from jobs.alerts.condition import Severity
from jobs.status.item import Item, few
from jobs.status.machine_facts import MachineState

_BLIND = "look at its gateway and sensors: `assay ask machines_now` says since when each is silent"
_BEYOND = "look at the machine: `assay ask work_list` says what first and why, `assay ask unusual_now` since when"


def machine_items(machines: MachineState) -> Iterator[Item]:
    """One condition for each factory and kind; one line where there is none. It ends when no machine has it."""
    until = f"by readings up to {machines.as_of:%Y-%m-%d %H:%M} UTC"
    for factory, names in machines.blind.items():
        text = f"{factory}: blind, without readings: {few(names)}, {until}"
        yield Item("machines", text, Severity.WARNING, _BLIND, f"machine_blind/{factory}")
    for factory, names in machines.critical.items():
        text = f"{factory}: beyond a critical limit: {few(names)}, {until}"
        yield Item("machines", text, Severity.WARNING, _BEYOND, f"machine_critical/{factory}")
    for factory, names in machines.warned.items():
        text = f"{factory}: beyond a warning limit: {few(names)}, {until}"
        yield Item("machines", text, Severity.INFO, _BEYOND, f"machine_warning/{factory}")
    if not (machines.blind or machines.critical or machines.warned):
        yield Item("machines", f"none of {machines.count:,} machines is blind or beyond a limit, {until}")
