"""Certificates that end, and gateways that are silent or whose battery is low; read from silver."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.plant.retired import Holder, out_of_service
from expectations.tables.silver_feeds import CERTIFICATES_TABLE, GATEWAY_HEARTBEATS
from jobs.status.machine_facts import Battery, Certificate, EquipmentState, Silence
from lakehouse.plant import Plant
from ml.policy import Policy

LOOKED_BACK = timedelta(days=30)
"""Heartbeats of this time are read: of a gateway without one, the charge is not known. Starting value: a month."""
_Gateway = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EquipmentLimits:
    """From when on somebody is needed; the names and units are the policy's."""

    certificate_warning_days: int
    battery_low_pct: float
    gateway_silent_hours: float
    gateway_lost_hours: float

    @classmethod
    def of(cls, policy: Policy) -> "EquipmentLimits":
        """The policy's numbers."""
        return cls(
            policy.certificate_warning_days, policy.battery_low_pct, policy.gateway_silent_hours,
            policy.gateway_lost_hours,
        )  # fmt: skip


def equipment_state(plant: Plant, now: datetime, limits: EquipmentLimits) -> EquipmentState:
    """What needs somebody; nothing of a plant without the feeds, nor of what the profile has retired.

    A gateway that never sent a heartbeat is not waited for. One that sent one after it was retired is none that is.
    """
    heard = _heard(plant)
    retired = out_of_service(plant.profile.retired, heard)
    active = {name: at for name, at in heard.items() if (*name, None) not in retired}
    certificates, batteries = _certificates(plant, retired), _batteries(plant, now, active)
    last = now + timedelta(days=limits.certificate_warning_days)
    return EquipmentState(
        tuple(one for one in certificates if one.not_after <= last),
        tuple(one for one in batteries if one.percent <= limits.battery_low_pct),
        _silences(active, now, limits), len(certificates), len(batteries), len(active),
    )  # fmt: skip


def _heard(plant: Plant) -> dict[_Gateway, datetime]:
    """The newest heartbeat of each gateway, by factory and name."""
    rows = plant.lake.arrow(GATEWAY_HEARTBEATS, ["factory_id", "gateway_id", "sent_at"])
    newest = rows.group_by(["factory_id", "gateway_id"], use_threads=False).aggregate([("sent_at", "max")])
    return {(row["factory_id"], row["gateway_id"]): row["sent_at_max"] for row in newest.to_pylist()}


def _silences(heard: Mapping[_Gateway, datetime], now: datetime, limits: EquipmentLimits) -> tuple[Silence, ...]:
    """By factory and name."""
    silent = {
        name: at for name, at in sorted(heard.items()) if now - at >= timedelta(hours=limits.gateway_silent_hours)
    }
    there, quiet = (Counter(factory for factory, _ in names) for names in (heard, silent))
    lost = timedelta(hours=limits.gateway_lost_hours)
    return tuple(
        Silence(factory, gateway, at, now - at >= lost, there[factory] == quiet[factory] > 1)
        for (factory, gateway), at in silent.items()
    )


def _certificates(plant: Plant, retired: frozenset[Holder]) -> list[Certificate]:
    """Of those of one name the one that ends last, by holder and name: what was renewed needs nobody."""
    rows = plant.lake.arrow(CERTIFICATES_TABLE)
    names = ["factory_id", "gateway_id", "machine_id", "certificate"]
    last = rows.group_by(names, use_threads=False).aggregate([("not_after", "max")]).to_pylist()
    held = [row for row in last if (row["factory_id"], row["gateway_id"], row["machine_id"]) not in retired]
    found = [Certificate(_holder(row), row["certificate"], row["not_after_max"]) for row in held]
    return sorted(found, key=lambda one: (one.not_after, one.holder, one.name))


def _holder(row: Mapping[str, Any]) -> str:
    parts = (("", "factory_id"), ("", "gateway_id"), ("machine ", "machine_id"))  # a gateway may have its name
    return "/".join(f"{word}{row[name]}" for word, name in parts if row[name])


def _batteries(plant: Plant, now: datetime, active: Mapping[_Gateway, datetime]) -> list[Battery]:
    """The newest report of each gateway that has a battery."""
    sent = ds.field("sent_at")
    names = ["factory_id", "gateway_id", "sent_at", "battery_pct"]
    rows = plant.lake.arrow(GATEWAY_HEARTBEATS, names, sent >= now - LOOKED_BACK)
    known = rows.filter(pc.is_valid(rows.column("battery_pct"))).sort_by("sent_at")
    newest = {(row["factory_id"], row["gateway_id"]): row for row in known.to_pylist()}
    return [
        Battery("/".join(name), row["battery_pct"], row["sent_at"])
        for name, row in sorted(newest.items())
        if name in active
    ]
