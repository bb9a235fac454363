"""Stops and uptime of a lake: built by gold, again where the profile says otherwise, and not without cause."""

import json
from pathlib import Path

from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
LATE = 1_775_000_000.0  # 2026-03-31T23:33:20Z: failures are known until then


def failure(at: str, code: str = "seal") -> str:
    return json.dumps({"at": at, "machine": "M1", "code": code}) + "\n"


def plane_of(root: Path, extra: str = "") -> Plane:
    plane = Plane(root, NOWHERE, str(write_small_plant(root, extra)))
    plane.land("lines/a.jsonl", line("2026-03-01T00:00:00Z") + line("2026-03-30T23:50:00Z"))
    plane.land("failures/a.jsonl", failure("2026-03-10T00:00:00Z"), modified=LATE)
    plane.run()
    return plane


def whole(plane: Plane) -> dict[str, object]:
    (row,) = [row for row in plane.rows("gold.uptime") if row["scope"] == "machine" and row["month"] is None]
    return row


def test_a_failure_makes_a_stop_and_takes_from_uptime(tmp_path: Path) -> None:
    plane = plane_of(tmp_path)

    (stop,) = plane.rows("gold.downtime")
    assert (stop["hours"], stop["ended_by"], stop["cost_cents"]) == (24.0, "assumed", None)
    # 30 days, until the end of the last bucket.
    assert (whole(plane)["observed_hours"], whole(plane)["unplanned_hours"]) == (720.0, 24.0)

    plane.land("failures/b.jsonl", failure("2026-03-20T00:00:00Z"), modified=LATE)
    plane.run()

    assert [row["hours"] for row in plane.rows("gold.downtime")] == [24.0, 24.0]
    assert (whole(plane)["failure_count"], whole(plane)["mtbf_hours"]) == (2, 336.0)


def test_other_rules_and_nothing_new(tmp_path: Path) -> None:
    plane = plane_of(tmp_path)
    before = plane.snapshot()
    plane.gold()
    assert plane.snapshot() == before

    write_small_plant(tmp_path, "\n[downtime]\nusd_per_hour = 100\n")
    plane.gold()

    assert [row["cost_cents"] for row in plane.rows("gold.downtime")] == [240_000]
