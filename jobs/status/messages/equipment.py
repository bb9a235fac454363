"""Words on certificates that end, and on batteries that are low."""

from collections.abc import Iterator
from datetime import datetime

from jobs.alerts.condition import Severity
from jobs.status.item import Item
from jobs.status.machine_facts import EquipmentState

_RENEW = "renew it, and let the new one land: `assay ask certificates` lists them"
_CHARGE = "look at its supply: `assay ask gateways` has what each gateway last reported"


def equipment_items(equipment: EquipmentState, now: datetime) -> Iterator[Item]:
    """One condition for each certificate and each battery; one line where none is; none without the feeds."""
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
    if equipment.certificates and not equipment.ending:
        yield Item("equipment", f"none of {equipment.certificates:,} certificates ends soon")
    if equipment.batteries and not equipment.low:
        yield Item("equipment", f"none of {equipment.batteries:,} batteries of gateways is low")
