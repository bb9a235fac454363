"""Counters of a lake: the same in any order of arrival, and built again where the profile says otherwise."""

import random
from pathlib import Path

import pytest

from jobs.silver import recipes
from lakehouse.publish.stale import is_behind
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
METER = '\n[metrics.energy]\nunit = "kWh"\nresolution = 0.1\nkind = "counter"\n'
TABLES = ("silver.counter_days", "silver.counter_changes", "gold.counter_increments", "gold.counter_daily")


def plane_of(root: Path, extra: str) -> Plane:
    root.mkdir(exist_ok=True)
    return Plane(root, NOWHERE, str(write_small_plant(root, extra)))


def deliver(plane: Plane, name: str, lines: list[str]) -> None:
    plane.land(f"lines/{name}.jsonl", "".join(lines))
    plane.run()


def energy(day: int, hour: int, value: float, machine: str = "M1") -> str:
    return line(f"2026-03-{day:02}T{hour:02}:00:00Z", value, metric="energy", unit="kWh", machine=machine)


def counted(plane: Plane) -> dict[str, list[tuple[object, ...]]]:
    return {name: sorted(tuple(map(str, row.values())) for row in plane.rows(name)) for name in TABLES}


def test_any_order_of_arrival_gives_what_one_delivery_gives(tmp_path: Path) -> None:
    rng = random.Random(11)
    lines = [
        energy(1 + hour // 24, hour % 24, rng.randint(0, 500) / 10, machine)
        for machine in ("M1", "M2") for hour in rng.sample(range(9 * 24), 14)
    ]  # fmt: skip
    lines.append(line("2026-03-04T00:00:00Z", 20.0))
    whole, parts = plane_of(tmp_path / "whole", METER), plane_of(tmp_path / "parts", METER)

    deliver(whole, "all", lines)
    rng.shuffle(lines)
    for number in range(4):
        deliver(parts, str(number), lines[number::4])

    assert counted(parts) == counted(whole)
    readings = [row for row in whole.rows("silver.readings") if row["metric"] == "energy"]
    assert len(whole.rows("silver.counter_changes")) == len(readings) == 28
    assert {row["kind"] for row in whole.rows("silver.counter_changes")} >= {"first", "increase", "reset"}


def test_a_run_without_new_readings_writes_nothing(tmp_path: Path) -> None:
    plane = plane_of(tmp_path, METER)
    deliver(plane, "a", [energy(1, 0, 1.0), energy(3, 0, 2.0)])
    before = plane.snapshot()

    plane.silver()
    plane.gold()

    assert plane.snapshot() == before


def test_other_rules_build_every_date_again(tmp_path: Path) -> None:
    plane = plane_of(tmp_path, METER)
    deliver(plane, "a", [energy(1, 0, 9999.0), energy(3, 0, 2.0)])
    assert sorted(row["increment"] for row in plane.rows("silver.counter_changes")) == [0.0, 2.0]

    write_small_plant(tmp_path, METER + "rolls_over_at = 10000\n")
    report = plane.silver()
    plane.gold()

    assert sorted(row["increment"] for row in plane.rows("silver.counter_changes")) == pytest.approx([0.0, 3.0])
    assert sorted(row["increment"] for row in plane.rows("gold.counter_daily")) == pytest.approx([0.0, 3.0])
    assert any("1 rollover" in text for text in report.lines)


def test_a_metric_that_becomes_a_counter_and_stops_being_one(tmp_path: Path) -> None:
    plane = plane_of(tmp_path, METER.replace('kind = "counter"\n', ""))
    deliver(plane, "a", [energy(1, 0, 1.0), energy(3, 0, 2.0)])
    assert recipes.counters(plane.plant) == ()
    assert [plane.rows(name) for name in TABLES] == [[], [], [], []]

    write_small_plant(tmp_path, METER)
    plane.silver()
    plane.gold()
    assert [len(plane.rows(name)) for name in TABLES] == [2, 2, 2, 2]

    write_small_plant(tmp_path, METER.replace('kind = "counter"\n', ""))
    plane.silver()
    plane.gold()
    assert [plane.rows(name) for name in TABLES] == [[], [], [], []]
    assert not any(is_behind(plane.plant.lake, recipe) for recipe in recipes.counters(plane.plant))
