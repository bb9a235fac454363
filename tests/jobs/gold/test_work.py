"""Trends, health, machines now and the work list: the same in any order of arrival, quiet where nothing is new."""

import json
from pathlib import Path

import pytest

from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
NEW = ("gold.machine_daily", "gold.factory_daily", "gold.trends", "gold.machine_health", "gold.machines_now",
       "gold.work_list")  # fmt: skip
FAILURES = json.dumps({"at": "2026-03-02T00:00:00Z", "machine": "M1", "code": "seal"}) + "\n"


def day(number: int) -> str:
    """M1 gets hotter, beyond its limit from the 8th on; M2 falls silent after the 5th."""
    hot = [line(f"2026-03-{number:02d}T{hour:02d}:00:00Z", 76.0 + 3.5 * number) for hour in range(0, 24, 4)]
    other = [line(f"2026-03-{number:02d}T09:00:00Z", 60.0, machine="M2", sensor="S2")] if number <= 5 else []
    return "".join(hot + other)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """Everything at once."""
    root = tmp_path_factory.mktemp("work")
    plane = Plane(root, NOWHERE, str(write_small_plant(root, "\n[downtime]\nusd_per_hour = 100\nrepair_hours = 8\n")))
    plane.land("lines/all.jsonl", "".join(map(day, range(1, 11))))
    plane.land("failures/a.jsonl", FAILURES)
    plane.run()
    return plane


def test_the_list_follows_from_what_the_tables_before_it_say(plane: Plane) -> None:
    hot, silent = sorted(plane.rows("gold.work_list"), key=lambda row: row["machine_id"])

    assert (silent["action"], silent["reasons"]) == ("restore_data", "blind: no reading since 2026-03-05 09:00 UTC")
    assert hot["reasons"].split("; ")[0] == "temperature above warning, since 2026-03-07 00:00 UTC"
    assert {row["consequence_cents"] for row in (hot, silent)} == {8 * 100_00 + 3_000_00}
    states = {(row["machine_id"], row["local_date"].day): row["state"] for row in plane.rows("gold.machine_health")}
    assert [states.get(("M2", number)) for number in (5, 6, 9, 10)] == ["good", "blind", "blind", None]
    (newest,) = [row for row in plane.rows("gold.trends") if row["local_date"].day == 10]
    assert (newest["change_per_week"], newest["limit_value"]) == (24.5, 120.0)
    (counted,) = [row for row in plane.rows("gold.factory_daily") if row["local_date"].day == 9]
    assert counted["anomaly_count"] == 1


def test_any_order_of_arrival_gives_the_same(plane: Plane, tmp_path: Path) -> None:
    folder = write_small_plant(tmp_path, "\n[downtime]\nusd_per_hour = 100\nrepair_hours = 8\n")
    late = Plane(tmp_path, NOWHERE, str(folder))
    late.land("lines/2.jsonl", "".join(map(day, (10, 9, 3, 8, 7))))
    late.run()
    late.land("failures/a.jsonl", FAILURES)
    late.land("lines/1.jsonl", "".join(map(day, (6, 1, 5, 4, 2))))
    late.run()

    expected, found = (
        {name: digest for name, digest in each.digests(["gold"]).items() if name in NEW} for each in (plane, late)
    )
    assert found == expected
    assert set(expected) == set(NEW)


def test_a_quiet_run_writes_nothing_and_a_late_reading_its_own_dates(plane: Plane) -> None:
    before = {name: plane.version(name) for name in NEW}
    plane.gold()
    assert {name: plane.version(name) for name in NEW} == before

    plane.land("lines/late.jsonl", line("2026-03-03T01:30:00Z", 199.0))
    done = plane.run()[-1].data["dates"]

    assert done["gold.machine_daily"] == 1
    assert done["gold.trends"] == 5  # weeks that end on the 5th, before which none has five dates, to the 9th
    assert 1 <= done["gold.machine_health"] <= 7  # the 3rd to the 9th
