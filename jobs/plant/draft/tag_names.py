"""What the names of tags say: the machine before the last dot or slash, the quantity behind it. Pure."""

import re
from collections import defaultdict
from collections.abc import Sequence

_LAST = re.compile(r"^(.*[^./\\:|])[./\\:|]+([^./\\:|]+)$")
# The value of a point of a controller says nothing of what is measured.
_VALUE_OF_POINT = re.compile(r"[./](PV|PVOUT|CV|MV|Val|Value)$", re.I)
_PREFIX = re.compile(r"[./\\:|=;]+")


def machines_of(tags: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Machine and quantity of each tag; empty where the names do not say it.

    They say it where every tag has two parts or more, and one quantity is there of two machines.

        >>> machines_of(["Hall.P1.Temp", "Hall.P2.Temp", "Hall.P2.Druck"])["Hall.P2.Druck"]
        ('P2', 'Druck')
        >>> machines_of(["Hall.P1.Temp", "Hall.P1.Druck"])
        {}
    """
    parts = {tag: found.groups() for tag in tags if (found := _LAST.match(_VALUE_OF_POINT.sub("", tag)))}
    of_quantity = defaultdict(set)
    for machine, quantity in parts.values():
        of_quantity[quantity].add(machine)
    if len(parts) < len(set(tags)) or all(len(machines) < 2 for machines in of_quantity.values()):
        return {}
    longer = {machine for machine, _ in parts.values()}
    short = {machine: _PREFIX.split(machine)[-1] for machine in longer}
    names = short if len(set(short.values())) == len(longer) else {machine: machine for machine in longer}
    return {tag: (names[machine], quantity) for tag, (machine, quantity) in parts.items()}


def quantities(tags: Sequence[str]) -> dict[str, str]:
    """The end of each name behind its last dot or slash, where these differ; else the whole names."""
    ends = {tag: found[2] if (found := _LAST.match(_VALUE_OF_POINT.sub("", tag))) else tag for tag in tags}
    return ends if len(set(ends.values())) == len(ends) else {tag: tag for tag in tags}
