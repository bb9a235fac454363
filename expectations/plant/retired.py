"""Gateways and machines that are out of service: nobody waits for them, and their certificates may end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section
from expectations.plant.values import instant


@dataclass(frozen=True, slots=True)
class Retired:
    """One of them: its factory, the gateway or the machine, the other is None, and since when, UTC."""

    factory_id: str
    gateway_id: str | None
    machine_id: str | None
    since_at: datetime


Holder = tuple[str, str | None, str | None]
"""Factory, gateway, machine; one of the two is None."""


def out_of_service(retired: Iterable[Retired], heard: Mapping[tuple[str, str], datetime]) -> frozenset[Holder]:
    """Those that are; a gateway that sent a heartbeat after its time is none of them.

    Args:
        retired: What the profile names.
        heard: Factory and gateway -> its newest heartbeat.
    """
    return frozenset(
        (one.factory_id, one.gateway_id, one.machine_id)
        for one in retired
        if one.gateway_id is None or heard.get((one.factory_id, one.gateway_id), one.since_at) <= one.since_at
    )


def retired_things(sections: tuple[Section, ...]) -> tuple[Retired, ...]:
    """The tables `[[retired]]`, in the order of the file.

    Raises:
        ProfileError: A missing or unknown key, no time, not exactly one of gateway and machine, or one named twice.
    """
    found = tuple(map(_retired, sections))
    names = [(one.factory_id, one.gateway_id, one.machine_id) for one in found]
    for place, name in enumerate(names):
        if name in names[:place]:
            what = f"gateway {name[1]}" if name[1] else f"machine {name[2]}"
            raise ProfileError(
                f"{sections[place].where}: {what} of factory {name[0]} is named twice; legal: once, with the last time"
            )
    return found


def _retired(section: Section) -> Retired:
    found = Retired(
        section.take("factory", str), section.take("gateway", str, None), section.take("machine", str, None),
        instant(section, "since"),
    )  # fmt: skip
    if bool(found.gateway_id) == bool(found.machine_id):
        named = "both are" if found.gateway_id else "neither is"
        raise ProfileError(f"{section.where}: gateway, machine: {named} there; legal: exactly one of them")
    section.finish()
    return found
