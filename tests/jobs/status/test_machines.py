"""What the status and the alerts say of machines that are blind or beyond a limit."""

from datetime import UTC, datetime
from pathlib import Path

from jobs.alerts.condition import Severity
from jobs.status.conditions import conditions_of
from jobs.status.facts import Facts
from jobs.status.machine_facts import MachineState
from jobs.status.machine_state import machine_state
from jobs.status.messages.machines import machine_items
from tests.report.lakes import CLOCK, plant_at, put

NOW = datetime(2026, 3, 16, tzinfo=UTC)


def row(name: str, factory: str, state: str = "good", critical: int = 0, warned: int = 0) -> dict[str, object]:
    return {"machine_id": name, "factory_id": factory, "state": state, "as_of_at": CLOCK, "is_down": False,
            "standing_critical_count": critical, "standing_warning_count": warned}  # fmt: skip


def test_machines_are_grouped_by_factory_and_a_blind_one_is_nothing_else(tmp_path: Path) -> None:
    plant = plant_at(tmp_path)
    put(plant, "gold.machines_now", [
        row("M2", "penang", "blind", 1, 1), row("M1", "penang", "blind"), row("M1", "bremen", critical=1, warned=2),
        row("M3", "bremen", warned=1), row("M4", "bremen"),
    ])  # fmt: skip

    assert machine_state(plant) == MachineState(
        CLOCK, 5, {"penang": ("M1", "M2")}, {"bremen": ("M1",)}, {"bremen": ("M3",)}
    )


def test_a_lake_without_machines_has_nothing_to_say(tmp_path: Path) -> None:
    assert machine_state(plant_at(tmp_path)) is None


def test_each_group_is_one_condition_that_ends_when_it_is_over() -> None:
    def found(state: MachineState) -> list[tuple[str, Severity, str]]:
        return [
            (one.key, one.severity, one.subject) for one in conditions_of(Facts(NOW, "p", "lake", 0.1, machines=state))
        ]

    until = "by readings up to 2026-03-01 06:00 UTC"
    many = tuple(f"M{number}" for number in range(5))
    assert found(MachineState(CLOCK, 9, {"bremen": many}, {"bremen": ("M8",)}, {"penang": ("M9",)})) == [
        ("machine_blind/bremen", Severity.WARNING, f"bremen: blind, without readings: M0, M1, M2 and 2 more, {until}"),
        ("machine_critical/bremen", Severity.WARNING, f"bremen: beyond a critical limit: M8, {until}"),
        ("machine_warning/penang", Severity.INFO, f"penang: beyond a warning limit: M9, {until}"),
    ]
    assert found(MachineState(CLOCK, 9, {}, {}, {})) == []


def test_where_all_is_well_one_line_says_of_how_many() -> None:
    (item,) = machine_items(MachineState(CLOCK, 9, {}, {}, {}))

    assert item.text == "none of 9 machines is blind or beyond a limit, by readings up to 2026-03-01 06:00 UTC"
    assert not item.needs_a_person
