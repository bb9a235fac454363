"""Statistics of a lake's readings: the same in any order of arrival; a late reading changes the hundred after it."""

import random
from pathlib import Path
from typing import Any

from jobs.silver import recipes
from lakehouse.publish.stale import is_behind
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
TABLE = "silver.reading_statistics"
FURTHER = ("silver.sensor_days", "silver.sensor_health", "silver.anomaly_runs", "silver.anomalies")
RAPID = '\n[metrics.flow]\nunit = "kg/s"\nresolution = 0.5\nrapid_change = 20\n'


def plane_of(root: Path, extra: str = "") -> Plane:
    root.mkdir(exist_ok=True)
    return Plane(root, NOWHERE, str(write_small_plant(root, extra)))


def deliver(plane: Plane, name: str, lines: list[str]) -> None:
    plane.land(f"lines/{name}.jsonl", "".join(lines))
    plane.ingest()
    plane.silver()


def reading(minute: int, value: float, machine: str = "M1") -> str:
    day, rest = divmod(minute, 24 * 60)
    return line(f"2026-03-{1 + day:02}T{rest // 60:02}:{rest % 60:02}:00Z", value, machine=machine)


def rows_of(plane: Plane, name: str) -> list[str]:
    return sorted(str(sorted(row.items())) for row in plane.rows(name))


def found(plane: Plane) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {(row["machine_id"], row["sensor_id"], row["measured_at"]): row for row in plane.rows(TABLE)}


def test_any_order_of_arrival_gives_what_one_delivery_gives(tmp_path: Path) -> None:
    rng = random.Random(7)
    lines = [
        reading(minute, rng.randint(20, 90), machine)
        for machine in ("M1", "M2") for minute in rng.sample(range(9 * 24 * 60), 150)
    ]  # fmt: skip
    whole, portions = plane_of(tmp_path / "whole"), plane_of(tmp_path / "portions")

    deliver(whole, "all", lines)
    rng.shuffle(lines)
    for number in range(4):
        deliver(portions, str(number), lines[number::4])

    assert found(portions) == found(whole)
    assert [rows_of(portions, name) for name in FURTHER] == [rows_of(whole, name) for name in FURTHER]
    assert len(found(whole)) == 300
    assert sorted(row["rolling_count"] for row in found(whole).values())[-100:] == [100] * 100


def test_a_late_reading_changes_the_hundred_readings_after_it(tmp_path: Path) -> None:
    plane = plane_of(tmp_path)
    times = [minute * 30 for minute in range(48 * 6)]  # 48 a day
    deliver(plane, "a", [reading(minute, 20 + minute % 7) for minute in times])
    before, version = found(plane), plane.plant.lake.version(plane.plant.tables[TABLE])

    deliver(plane, "late", [reading(24 * 60 + 15, 150.0)])

    after = found(plane)
    changed = sorted(key[2] for key in after if after[key] != before.get(key))
    late = [key[2] for key in after if key not in before]
    assert changed[:1] == late
    assert len(changed) == 101
    assert changed[1:] == sorted(key[2] for key in before if key[2] > late[0])[:100]
    dates = [
        day.isoformat()
        for commit in plane.plant.lake.content_commits(plane.plant.tables[TABLE], version or 0)
        for day in commit.metadata.dates or ()
    ]
    assert dates == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_a_run_without_new_readings_writes_nothing(tmp_path: Path) -> None:
    plane = plane_of(tmp_path)
    deliver(plane, "a", [reading(0, 30.0)])
    before = plane.snapshot()

    plane.silver()

    assert plane.snapshot() == before


def test_other_limits_build_every_date_again(tmp_path: Path) -> None:
    plane = plane_of(tmp_path, RAPID)
    flow = [line(f"2026-03-01T00:00:{second:02}Z", value, metric="flow", unit="kg/s") for second, value in
            ((0, 0.0), (30, 20.0))]  # fmt: skip
    deliver(plane, "a", flow)
    assert [row["is_rapid_change"] for row in plane.rows(TABLE)] == [False, False]

    write_small_plant(tmp_path, RAPID.replace("20", "10"))
    plane.silver()

    rows = sorted(plane.rows(TABLE), key=lambda row: str(row["measured_at"]))
    assert [row["is_rapid_change"] for row in rows] == [False, True]  # of 14.1
    assert not is_behind(plane.plant.lake, recipes.reading_statistics(plane.plant))


def test_an_anomaly_stands_over_dates_and_a_late_reading_cuts_it(tmp_path: Path) -> None:
    plane = plane_of(tmp_path)
    deliver(plane, "a", [reading(60, 90.0), reading(120, 105.0), reading(4 * 1440, 110.0)])
    (standing,) = plane.rows("silver.anomalies")
    assert (standing["kind"], standing["severity"], standing["cleared_at"]) == ("above_maximum", "warning", None)
    assert (standing["reading_count"], standing["peak"]) == (2, 110.0)

    deliver(plane, "late", [reading(2 * 1440, 50.0), reading(5 * 1440, 60.0)])

    rows = sorted(plane.rows("silver.anomalies"), key=lambda row: str(row["raised_at"]))
    assert [(row["peak"], str(row["cleared_at"])) for row in rows] == [
        (105.0, "2026-03-03 00:00:00+00:00"), (110.0, "2026-03-06 00:00:00+00:00"),
    ]  # fmt: skip
