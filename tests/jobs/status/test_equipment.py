"""Certificates that end, low batteries and silent gateways are conditions, and recover with the next record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.plant.retired import Retired
from jobs.alerts.condition import Severity
from jobs.ask.job import Form, asked
from jobs.runtime.settings import Settings
from jobs.status.conditions import conditions_of
from jobs.status.equipment_state import EquipmentLimits, equipment_state
from jobs.status.facts import Facts
from jobs.status.machine_facts import EquipmentState
from jobs.status.messages.equipment import equipment_items
from lakehouse.plant import Plant
from tests.report.lakes import plant_at, put

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
LIMITS = EquipmentLimits(30, 20.0, 36.0, 72.0)


def certificate(name: str, days: float, **changes: Any) -> dict[str, Any]:
    place = {"factory_id": "north", "gateway_id": "G1"}
    return {**place, "certificate": name, "not_after": NOW + days * DAY, "serial_number": str(days), **changes}


def report(gateway: str, hours: float, battery: float | None) -> dict[str, Any]:
    sent = NOW - timedelta(hours=hours)
    return {"factory_id": "north", "gateway_id": gateway, "sent_at": sent, "battery_pct": battery}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("equipment")


@pytest.fixture(scope="module")
def plant(lake: Path) -> Plant:
    """G1 reported 20 % last, G2 is charged again, G3 has no battery and is silent for two days, G4's is 31 days old."""
    plant = plant_at(lake)
    put(plant, "silver.certificates", [
        certificate("mqtt", 29), certificate("old", 3), certificate("old", 300), certificate("gone", -1),
        certificate("late", 31), certificate("drive", 10, gateway_id=None, machine_id="M1"),
    ])  # fmt: skip
    put(plant, "silver.gateway_heartbeats", [
        report("G1", 3, 80.0), report("G1", 2, 20.0), report("G1", 1, None), report("G2", 2, 5.0),
        report("G2", 1, 60.0), report("G3", 48, None), report("G4", 31 * 24, 2.0),
    ])  # fmt: skip
    put(plant, "gold.safety_tests", [
        {"factory_id": "north", "machine_id": "M1", "function_id": name, "kind": "proof_test", "interval_h": 8760.0,
         "counted_from_at": NOW - 300 * DAY, "half_at": NOW - 100 * DAY, "due_at": NOW + days * DAY}
        for name, days in (("SIF-1", 40.0), ("SIF-2", 10.5), ("SIF-3", -0.5))
    ])  # fmt: skip
    return plant


def test_what_ends_soon_and_what_is_low(plant: Plant) -> None:
    found = equipment_state(plant, NOW, LIMITS)

    assert [(one.holder, one.name) for one in found.ending] == [
        ("north/G1", "gone"), ("north/machine M1", "drive"), ("north/G1", "mqtt"),
    ]  # fmt: skip
    assert [(one.gateway, one.percent) for one in found.low] == [("north/G1", 20.0)]
    assert (found.certificates, found.batteries) == (5, 2)
    assert {one.key: one.severity for one in conditions_of(Facts(NOW, "p", "lake", 0.1, equipment=found))} == {
        "gateway_silent/north/G3": Severity.WARNING, "gateway_silent/north/G4": Severity.CRITICAL,
        "certificate_ends/north/G1/gone": Severity.CRITICAL,
        "certificate_ends/north/machine M1/drive": Severity.WARNING,
        "certificate_ends/north/G1/mqtt": Severity.WARNING, "gateway_battery/north/G1": Severity.WARNING,
    }  # fmt: skip


def test_a_renewed_certificate_and_a_charged_battery_recover(tmp_path: Path) -> None:
    well = plant_at(tmp_path)
    put(well, "silver.certificates", [certificate("gone", -1), certificate("gone", 365)])
    put(well, "silver.gateway_heartbeats", [report("G1", 2, 20.0), report("G1", 1, 20.5)])

    found = equipment_state(well, NOW, LIMITS)

    assert (found.ending, found.low) == ((), ())
    assert [item.severity for item in equipment_items(found, NOW)] == [None, None, None]


def keys(plant: Plant, now: datetime = NOW) -> list[str]:
    return [
        one.key for one in conditions_of(Facts(now, "p", "lake", 0.1, equipment=equipment_state(plant, now, LIMITS)))
    ]


def test_a_silent_gateway_recovers_with_its_next_report(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    put(plant, "silver.gateway_heartbeats", [report("G1", 36, None), report("G2", 35.9, None)])
    assert keys(plant) == ["gateway_silent/north/G1"]

    put(plant, "silver.gateway_heartbeats", [report("G1", 36, None), report("G1", 0, None), report("G2", 1, None)])
    assert keys(plant) == []


def test_a_factory_whose_gateways_are_all_silent_has_one_alert_as_severe_as_the_worst(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    put(plant, "silver.gateway_heartbeats", [
        report("G1", 40, None), report("G2", 72, None), {**report("G1", 40, None), "factory_id": "south"},
    ])  # fmt: skip

    found = conditions_of(Facts(NOW, "p", "lake", 0.1, equipment=equipment_state(plant, NOW, LIMITS)))

    assert {one.key: one.severity for one in found} == {
        "gateways_silent/north": Severity.CRITICAL, "gateway_silent/south/G1": Severity.WARNING,
    }  # fmt: skip
    assert "north: no heartbeat of any of 2 gateways" in found[-1].subject + found[0].subject


def test_what_is_retired_is_not_waited_for_unless_it_reports_again(tmp_path: Path) -> None:
    gone = (Retired("north", "G1", None, NOW - 5 * DAY), Retired("north", None, "M1", NOW - DAY))
    plant = plant_at(tmp_path)
    plant = replace(plant, profile=replace(plant.profile, retired=gone))
    put(plant, "silver.certificates", [
        certificate("mqtt", -1), certificate("opc", -1, gateway_id=None, machine_id="M1"),
        certificate("opc", -1, gateway_id=None, machine_id="G1"),
    ])  # fmt: skip
    put(plant, "silver.gateway_heartbeats", [report("G1", 5 * 24 + 1, 2.0), report("G2", 1, None)])
    assert keys(plant) == ["certificate_ends/north/machine G1/opc"]

    put(plant, "silver.gateway_heartbeats", [report("G1", 5 * 24 - 1, 2.0), report("G2", 1, None)])
    assert sorted(keys(plant)) == [
        "certificate_ends/north/G1/mqtt", "certificate_ends/north/machine G1/opc", "gateway_battery/north/G1",
        "gateway_silent/north/G1",
    ]  # fmt: skip


def test_a_gateway_and_a_machine_of_one_name_have_an_alert_each(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    of_machine = certificate("mqtt", 9, gateway_id=None, machine_id="G1")
    put(plant, "silver.certificates", [certificate("mqtt", 5), of_machine])

    found = conditions_of(Facts(NOW, "p", "lake", 0.1, equipment=equipment_state(plant, NOW, LIMITS)))

    assert len({one.key for one in found}) == 2


def test_a_plant_without_the_feeds_hears_nothing(tmp_path: Path) -> None:
    found = equipment_state(plant_at(tmp_path), NOW, LIMITS)

    assert found == EquipmentState()
    assert list(equipment_items(found, NOW)) == []


@pytest.mark.usefixtures("plant")
def test_the_questions_name_them(lake: Path) -> None:
    def rows(name: str, *changes: str) -> list[dict[str, Any]]:
        settings = Settings(lake=lake, plant="simulated")
        data = asked(settings, name, changes, Form(as_json=True)).data
        return [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]

    assert [(row["certificate"], row["has_ended"]) for row in rows("certificates")] == [
        ("gone", True), ("drive", False), ("mqtt", False),
    ]  # fmt: skip
    assert [row["certificate"] for row in rows("certificates", "days=32")][-1] == "late"
    assert [(row["function_id"], row["is_due"], row["interval_days"]) for row in rows("proof_tests")] == [
        ("SIF-3", True, 365.0), ("SIF-2", False, 365.0),
    ]  # fmt: skip
    assert [(row["gateway_id"], row["battery_pct"], row["is_silent"], row["is_low"]) for row in rows("gateways")] == [
        ("G4", 2.0, True, True), ("G3", None, True, False), ("G1", 20.0, False, True), ("G2", 60.0, False, False),
    ]  # fmt: skip
