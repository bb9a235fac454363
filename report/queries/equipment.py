"""What gateways last reported of themselves, certificates by when they end, and answers to alarms."""

from dataclasses import dataclass
from datetime import datetime

from expectations.plant.retired import Holder, out_of_service
from expectations.policy.file import starting_policy
from report.lake_view import LakeView, Row

SHOWN = 20
"""Certificates on the page, those that end first."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a gateway last reported; percentages 0 to 100, hours; None where it never said it."""

    factory_id: str
    gateway_id: str
    sent_at: datetime
    battery_pct: float | None
    memory_used_pct: float | None
    disk_used_pct: float | None
    uptime_h: float | None
    software_version: str | None
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """Of the certificates of one holder and name the one that ends last."""

    holder: str
    certificate: str
    not_after: datetime
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Equipment:
    """Every gateway by name; certificates, how many there are; answer -> how often it was given.

    `low_pct`, `warning_days`, `silent_h`: The policy's numbers, from which on down, within which, or after how many
    hours without a report, somebody is needed.
    """

    gateways: tuple[Report, ...]
    certificates: tuple[Certificate, ...]
    total: int
    answers: tuple[tuple[str, int], ...]
    low_pct: float
    warning_days: float
    silent_h: float


def equipment(view: LakeView) -> Equipment | None:
    """What the small feeds brought; None where none has a record."""
    gateways = view.rows(
        "SELECT factory_id, gateway_id, max(sent_at) AS sent_at, arg_max(battery_pct, sent_at) AS battery_pct, "
        "arg_max(memory_used_pct, sent_at) AS memory_used_pct, arg_max(disk_used_pct, sent_at) AS disk_used_pct, "
        "arg_max(uptime_s, sent_at) / 3600 AS uptime_h, arg_max(software_version, sent_at) AS software_version "
        "FROM silver.gateway_heartbeats GROUP BY ALL ORDER BY factory_id, gateway_id"
    )
    certificates = view.rows(
        "SELECT factory_id, gateway_id, machine_id, certificate, max(not_after) AS not_after "
        "FROM silver.certificates GROUP BY ALL ORDER BY not_after, factory_id, gateway_id, machine_id, certificate"
    )
    answers = view.rows("SELECT answer, count(*) AS given FROM silver.alarm_answers GROUP BY answer ORDER BY answer")
    if not (gateways or certificates or answers):
        return None
    numbers = {number.name: float(number.value) for number in view.plant.policy or starting_policy()}
    heard = {(row["factory_id"], row["gateway_id"]): row["sent_at"] for row in gateways}
    retired = out_of_service(view.plant.profile.retired, heard)
    return Equipment(
        tuple(Report(**row, is_retired=(row["factory_id"], row["gateway_id"], None) in retired) for row in gateways),
        tuple(_certificate(row, retired) for row in certificates[:SHOWN]),
        len(certificates),
        tuple((row["answer"], row["given"]) for row in answers),
        numbers["battery_low_pct"],
        numbers["certificate_warning_days"],
        numbers["gateway_silent_hours"],
    )


def _certificate(row: Row, retired: frozenset[Holder]) -> Certificate:
    names = (row["factory_id"], row["gateway_id"], row["machine_id"])
    return Certificate("/".join(filter(None, names)), row["certificate"], row["not_after"], names in retired)
