"""Words on certificates that end, on batteries that are low, and on gateways that are silent."""

from collections.abc import Iterator
from datetime import datetime

from jobs.alerts.condition import Severity
from jobs.status.item import Item
from jobs.status.machine_facts import EquipmentState, Silence

_RENEW = (
    "renew it, and let the new one land: `assay ask certificates` lists them; what is out of service belongs into "
    "[[retired]] of the profile"
)
_VISIT = (
    "look at the gateway and its connection: `assay ask gateways` has what it last reported; one that is out of "
    "service belongs into [[retired]] of the profile"
)
_CHARGE = "look at its supply: `assay ask gateways` has what each gateway last reported"


def equipment_items(equipment: EquipmentState, now: datetime) -> Iterator[Item]:
    """A condition for each certificate, battery and silent gateway; a line where none is; none without the feeds."""
    for certificate in equipment.ending:
        is_over = certificate.not_after <= now
        words = "ended" if is_over else "ends"
        text = (
            f"{certificate.holder}: certificate {certificate.name} {words} {certificate.not_after:%Y-%m-%d %H:%M} UTC"
        )
        severity = Severity.CRITICAL if is_over else Severity.WARNING
        yield Item("equipment", text, severity, _RENEW, f"certificate_ends/{certificate.holder}/{certificate.name}")
    for battery in equipment.low:
        text = f"{battery.gateway}: battery at {battery.percent:g} %, reported {battery.sent_at:%Y-%m-%d %H:%M} UTC"
        yield Item("equipment", text, Severity.WARNING, _CHARGE, f"gateway_battery/{battery.gateway}")
    yield from _silent_items(equipment, now)
    if equipment.certificates and not equipment.ending:
        yield Item("equipment", f"none of {equipment.certificates:,} certificates ends soon")
    if equipment.batteries and not equipment.low:
        yield Item("equipment", f"none of {equipment.batteries:,} batteries of gateways is low")


def _silent_items(equipment: EquipmentState, now: datetime) -> Iterator[Item]:
    """One for each gateway; where all of a factory are silent, one for the factory: that has one cause."""
    alone = [one for one in equipment.silent if not one.is_of_all]
    for one in alone:
        text = f"{one.factory_id}/{one.gateway_id}: no heartbeat since {_since(one, now)}"
        yield Item("equipment", text, _severity([one]), _VISIT, f"gateway_silent/{one.factory_id}/{one.gateway_id}")
    for factory in sorted({one.factory_id for one in equipment.silent if one.is_of_all}):
        found = [one for one in equipment.silent if one.is_of_all and one.factory_id == factory]
        listed = ", ".join(one.gateway_id for one in found)
        newest = max(found, key=lambda one: one.heard_at)
        text = f"{factory}: no heartbeat of any of {len(found)} gateways since {_since(newest, now)}: {listed}"
        yield Item("equipment", text, _severity(found), _VISIT, f"gateways_silent/{factory}")
    if equipment.gateways and not equipment.silent:
        yield Item("equipment", f"none of {equipment.gateways:,} gateways is silent")


def _severity(found: list[Silence]) -> Severity:
    return Severity.CRITICAL if any(one.is_lost for one in found) else Severity.WARNING


def _since(one: Silence, now: datetime) -> str:
    return f"{one.heard_at:%Y-%m-%d %H:%M} UTC, {(now - one.heard_at).total_seconds() / 3600:,.0f} h ago"
