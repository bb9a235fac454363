"""Certificates that end, and gateways whose battery is low; read from silver."""

from datetime import datetime, timedelta

import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.tables.silver_feeds import CERTIFICATES_TABLE, GATEWAY_HEARTBEATS
from jobs.status.machine_facts import Battery, Certificate, EquipmentState
from lakehouse.plant import Plant

LOOKED_BACK = timedelta(days=30)
"""Heartbeats of this time are read: of a gateway without one, the charge is not known. Starting value: a month."""


def equipment_state(plant: Plant, now: datetime, warning_days: int, low_pct: float) -> EquipmentState:
    """Those that end within so many days, and those at such a charge or below; nothing of a plant without the feeds."""
    certificates, batteries = _certificates(plant), _batteries(plant, now)
    last = now + timedelta(days=warning_days)
    return EquipmentState(
        tuple(one for one in certificates if one.not_after <= last),
        tuple(one for one in batteries if one.percent <= low_pct),
        len(certificates),
        len(batteries),
    )


def _certificates(plant: Plant) -> list[Certificate]:
    """Of those of one name the one that ends last, by holder and name: what was renewed needs nobody."""
    rows = plant.lake.arrow(CERTIFICATES_TABLE)
    names = ["factory_id", "gateway_id", "machine_id", "certificate"]
    last = rows.group_by(names, use_threads=False).aggregate([("not_after", "max")]).to_pylist()
    found = [Certificate(_holder(row), row["certificate"], row["not_after_max"]) for row in last]
    return sorted(found, key=lambda one: (one.not_after, one.holder, one.name))


def _holder(row: dict[str, str | None]) -> str:
    parts = (("", "factory_id"), ("", "gateway_id"), ("machine ", "machine_id"))  # a gateway may have its name
    return "/".join(f"{word}{row[name]}" for word, name in parts if row[name])


def _batteries(plant: Plant, now: datetime) -> list[Battery]:
    """The newest report of each gateway that has a battery."""
    sent = ds.field("sent_at")
    names = ["factory_id", "gateway_id", "sent_at", "battery_pct"]
    rows = plant.lake.arrow(GATEWAY_HEARTBEATS, names, sent >= now - LOOKED_BACK)
    known = rows.filter(pc.is_valid(rows.column("battery_pct"))).sort_by("sent_at")
    newest = {(row["factory_id"], row["gateway_id"]): row for row in known.to_pylist()}
    return [
        Battery(f"{factory}/{gateway}", row["battery_pct"], row["sent_at"])
        for (factory, gateway), row in sorted(newest.items())
    ]
