"""What the status and the alerts say of sensors."""

from datetime import UTC, date, datetime
from pathlib import Path

from jobs.alerts.condition import Severity
from jobs.status.conditions import conditions_of
from jobs.status.facts import Facts
from jobs.status.machine_facts import SensorFound, SensorState
from jobs.status.messages.sensors import sensor_items
from jobs.status.sensor_state import sensor_state
from tests.report.lakes import plant_at, put

UNTIL = date(2026, 3, 15)
STUCK = SensorFound("F1", "M1", "heat", "T1", ("stuck",))
OVERDUE = SensorFound("F1", "M2", "heat", "T3", ("calibration_overdue",))


def row(sensor: str, day: int, *findings: str) -> dict[str, object]:
    return {
        "factory_id": "F1", "machine_id": "M1", "metric": "heat", "sensor_id": sensor, "findings": list(findings),
        "measured_date": date(2026, 3, day), "verdict": findings[0] if findings else "healthy", "reading_count": 9,
    }  # fmt: skip


def test_the_two_newest_dates_count(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    put(plant, "silver.sensor_health", [
        row("T1", 13, "noisy"), row("T1", 14), row("T1", 15), row("T2", 14, "stuck"), row("T2", 15, "stuck", "noisy"),
        row("T3", 13), row("T3", 14, "interrupted"), row("T3", 15),
    ])  # fmt: skip

    assert sensor_state(plant) == SensorState(
        UNTIL, 3,
        (SensorFound("F1", "M1", "heat", "T2", ("stuck", "noisy")),
         SensorFound("F1", "M1", "heat", "T3", ("interrupted",))),
    )  # fmt: skip


def test_what_the_source_calls_bad_stands_beside_what_is_found(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    bad = {"bad_quality_count": 1_214, "bad_quality_codes": "0x80050000: 1214"}
    put(plant, "silver.sensor_health", [row("T1", 14), {**row("T1", 15, "interrupted"), **bad}])

    state = sensor_state(plant)

    assert state is not None
    assert [one.text for one in sensor_items(state)] == [
        "M1 (F1): sensor T1 of heat interrupted (its source says bad: 1,214 of 1,223 on 2026-03-15, 0x80050000: 1214), "
        "up to 2026-03-15"
    ]


def test_a_lake_without_sensors_has_nothing_to_say(tmp_path: Path) -> None:
    assert sensor_state(plant_at(tmp_path)) is None


def test_sensors_are_one_condition_of_their_machine_and_it_closes_when_they_are_well() -> None:
    def found(*ill: SensorFound) -> list[tuple[str, Severity, str]]:
        facts = Facts(datetime(2026, 3, 16, tzinfo=UTC), "p", "lake", 0.1, sensors=SensorState(UNTIL, 9, ill))
        return [(one.key, one.severity, one.subject) for one in conditions_of(facts)]

    assert found(STUCK, SensorFound("F1", "M1", "heat", "T2", ("dead",)), OVERDUE) == [
        ("sensor_health/F1/M1", Severity.WARNING,
         "M1 (F1): sensor T1 of heat stuck; sensor T2 of heat dead, up to 2026-03-15"),
        ("sensor_health/F1/M2", Severity.INFO, "M2 (F1): sensor T3 of heat calibration overdue, up to 2026-03-15"),
    ]  # fmt: skip
    assert found() == []


def test_where_all_are_well_one_line_says_of_how_many() -> None:
    (item,) = sensor_items(SensorState(UNTIL, 1_234))

    assert item.text == "none of 1,234 sensors has a finding, up to 2026-03-15"
    assert not item.needs_a_person
