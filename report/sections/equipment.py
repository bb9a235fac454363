"""The section on gateways, certificates and answers: what somebody has to look after, marked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from report.facts import Facts
from report.formats import count, day, moment, number, plural
from report.queries.equipment import Certificate, Equipment, Report
from report.sections.plant import Tile

NONE = "none"


@dataclass(frozen=True, slots=True)
class GatewayLine:
    """What one gateway last reported; `class_` is that of its battery, `at_class` that of its silence."""

    name: str
    at: str
    at_class: str
    battery: str
    memory: str
    disk: str
    uptime: str
    version: str
    class_: str


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate and its state."""

    holder: str
    name: str
    end: str
    state: str
    class_: str


@dataclass(frozen=True, slots=True)
class EquipmentSection:
    """What the template shows."""

    lead: str
    tiles: tuple[Tile, ...]
    gateways: tuple[GatewayLine, ...]
    certificates: tuple[CertificateLine, ...]
    left_out: str


def equipment_section(facts: Facts) -> EquipmentSection | None:
    """What the small feeds brought; None where none has a record."""
    found, now = facts.equipment, facts.overview.as_of
    if found is None:
        return None
    gateways = tuple(_gateway(one, found, now) for one in found.gateways)
    certificates = tuple(_certificate(one, found, now) for one in found.certificates)
    more = found.total - len(certificates)
    return EquipmentSection(
        _lead(found), tuple(_tiles(gateways, certificates, found)), gateways, certificates,
        f"{plural(more, 'certificate')} that {'ends' if more == 1 else 'end'} later left out." if more else "",
    )  # fmt: skip


def _lead(found: Equipment) -> str:
    parts = [f"{plural(len(found.gateways), 'gateway')} reported of themselves"] if found.gateways else []
    parts += [f"{plural(found.total, 'certificate')} on record"] if found.total else []
    given = ", ".join(f"{count(times)} {answer}" for answer, times in found.answers)
    parts += [f"answers of technicians to alarms: {given}"] if given else []
    return f"{'; '.join(parts)}."


def _tiles(
    gateways: tuple[GatewayLine, ...], certificates: tuple[CertificateLine, ...], found: Equipment
) -> list[Tile]:
    low, ending = (sum(1 for line in lines if line.class_) for lines in (gateways, certificates))
    silent = sum(1 for line in gateways if line.at_class)
    tiles = [
        Tile(count(silent), f"gateways silent for {number(found.silent_h)} h or longer", "bad" if silent else "good"),
        Tile(count(low), f"batteries at {number(found.low_pct)} % or below", "bad" if low else "good"),
    ]
    words = f"certificates end within {number(found.warning_days)} days, or have ended"
    return [
        *(tiles if gateways else []),
        *([Tile(count(ending), words, "bad" if ending else "good")] if certificates else []),
    ]


def is_silent(one: Report, found: Equipment, now: datetime | None) -> bool:
    """Whether somebody waits for its next report, up to the newest data."""
    return now is not None and not one.is_retired and now - one.sent_at >= timedelta(hours=found.silent_h)


def ends_soon(one: Certificate, found: Equipment, now: datetime | None) -> bool:
    """Whether somebody has to renew it; it may have ended."""
    return now is not None and not one.is_retired and one.not_after <= now + timedelta(days=found.warning_days)


def _gateway(one: Report, found: Equipment, now: datetime | None) -> GatewayLine:
    is_low = one.battery_pct is not None and one.battery_pct <= found.low_pct and not one.is_retired
    hours = NONE if one.uptime_h is None else f"{number(one.uptime_h)} h"
    battery, memory, disk = map(_percent, (one.battery_pct, one.memory_used_pct, one.disk_used_pct))
    return GatewayLine(
        f"{one.factory_id}/{one.gateway_id}", moment(one.sent_at), "WARN" if is_silent(one, found, now) else "",
        battery, memory, disk, hours, one.software_version or NONE, "WARN" if is_low else "",
    )  # fmt: skip


def _percent(value: float | None) -> str:
    return NONE if value is None else f"{number(value)} %"


def _certificate(one: Certificate, found: Equipment, now: datetime | None) -> CertificateLine:
    state, class_ = "out of service" if one.is_retired else "valid", ""
    if ends_soon(one, found, now):
        state, class_ = ("has ended", "FAIL") if now is not None and one.not_after <= now else ("ends soon", "WARN")
    return CertificateLine(one.holder, one.certificate, day(one.not_after), state, class_)
