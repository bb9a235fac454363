"""`assay lineage "machine at time"` over the seams of master data: a move, a sensor replaced and one recalibrated."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from expectations.tables.gold import PREDICTIONS
from jobs.lineage.asked import asked
from lakehouse.errors import UsageError
from lakehouse.publish.rows import append_rows
from lakehouse.transaction import Transaction
from tests.support.plane import Plane
from tests.support.small_plant import LINES_BY_FACTORY, line, write_small_plant

NOWHERE = "sc://localhost:1"
MOVED = datetime(2026, 3, 2, 6, tzinfo=UTC)
MACHINES = """feed = "machines"
files = ["machines/*"]
format = "jsonl"
[time]
column = "since"
kind = "zoned"
[columns]
machine_id = "machine"
factory_id = "factory"
machine_model = "model"
moved_from = "came_from"
"""
CORRECTED = """
[[corrections]]
sensor = "S-new"
continues = "S1"

[[corrections]]
sensor = "S-cal"
until = 2026-03-02T05:00:00Z
offset = -0.5
"""


def _machine(since: str, factory: str, model: str, **more: str) -> str:
    return json.dumps({"since": since, "machine": "M1", "factory": factory, "model": model, **more}) + "\n"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Plane:
    """M1 runs in A, then in B; its sensor S1 is replaced with the move; what model it was in A comes late."""
    root = tmp_path_factory.mktemp("seams")
    lines = LINES_BY_FACTORY + CORRECTED
    plane = Plane(root, NOWHERE, str(write_small_plant(root, lines=lines, machines=MACHINES)))
    for hour in range(12):
        at = MOVED + timedelta(hours=hour - 6, minutes=5)
        factory, sensor = ("A", "S1") if at < MOVED else ("B", "S-new")
        sent = (line(at.isoformat(), 50.0 + hour, factory=factory, sensor=name) for name in (sensor, "S-cal"))
        plane.land(f"lines/{factory}-{hour:02d}.jsonl", "".join(sent))
    plane.land("lines/other.jsonl", line("2026-03-02T05:00:00Z", factory="A", machine="M2"))
    plane.land("machines/a.jsonl", _machine(MOVED.isoformat(), "B", "COLD", came_from="A"))
    plane.run()
    plane.land("machines/late.jsonl", _machine("2026-03-01T00:00:00Z", "A", "HOT"))
    plane.run()
    scores = [_score("A", MOVED - timedelta(hours=1)), _score("B", MOVED + timedelta(hours=2))]
    append_rows(plane.plant.lake, PREDICTIONS, scores, "scores", Transaction("scores"))
    return plane


def _score(factory: str, at: datetime) -> dict[str, Any]:
    return {
        "machine_id": "M1", "factory_id": factory, "scored_at": at, "scored_date": at.date(), "bundle": "b@1+1",
        "source": "batch", "feature_digest": "d", "decision": "none", "is_warming_up": False,
    }  # fmt: skip


def _answer(plane: Plane, what: str) -> dict[str, Any]:
    return dict(asked(plane.settings, what).data)


@pytest.mark.parametrize("name", ["M1", "A/M1", "B/M1"])
def test_a_score_after_a_move_rests_on_the_readings_of_both_factories(plane: Plane, name: str) -> None:
    found = _answer(plane, f"{name} at 2026-03-02T08:30:00Z")

    (score,) = found["subject"]
    assert (score["factory_id"], score["scored_at"]) == ("B", MOVED + timedelta(hours=2))
    files = {stop["name"]: stop["readings"] for stop in found["came_from"] if stop["kind"] == "file"}
    assert files == {f"lines/{'A' if hour < 6 else 'B'}-{hour:02d}.jsonl": 2 for hour in range(8)}


def test_the_score_before_a_move_is_of_the_factory_of_its_time(plane: Plane) -> None:
    found = _answer(plane, "B/M1 at 2026-03-02T06:00:00Z")

    assert [score["factory_id"] for score in found["subject"]] == ["A"]
    (master,) = (stop for stop in found["came_from"] if stop["kind"] == "master data")
    assert master["words"].startswith("machine_model HOT, from 2026-03-01T00:00:00Z")
    assert master["words"].endswith("; machines/late.jsonl:1")


def test_seams_of_the_window_are_named(plane: Plane) -> None:
    found = _answer(plane, "M1 at 2026-03-02T08:30:00Z")["came_from"]

    new, old = (stop for stop in found if stop["kind"] == "master data")
    assert (new["name"], old["name"]) == ("B/M1", "A/M1")
    assert new["words"] == "moved here from A, machine_model COLD, from 2026-03-02T06:00:00Z; machines/a.jsonl:1"
    assert [stop["words"] for stop in found if stop["kind"] == "correction"] == [
        "sensor S-new: continues S1",
        "sensor S-cal: value x 1 + -0.5, until 2026-03-02T05:00:00Z; a seam within the window",
    ]


def test_a_machine_that_did_not_move_is_not_taken_for_another(plane: Plane) -> None:
    with pytest.raises(UsageError, match="machine A/M2 has no score"):
        asked(plane.settings, "M2 at 2026-03-02T08:30:00Z")


def test_a_sensor_that_was_replaced_goes_on_and_one_recalibrated_is_corrected(plane: Plane) -> None:
    rows = [row for row in plane.rows("silver.readings") if row["machine_id"] == "M1"]

    assert {(row["factory_id"], row["sensor_id"]) for row in rows} == {
        (factory, sensor) for factory in "AB" for sensor in ("S1", "S-cal")
    }
    values = {row["measured_at"].hour: row["value"] for row in rows if row["sensor_id"] == "S-cal"}
    assert values == {hour: 50.0 + hour - (0.5 if hour < 5 else 0) for hour in range(12)}
