"""Two factories with a machine of one name: two machines in every table; a machine that moved stays one."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jobs.models.frames import training_frames
from tests.support.plane import Plane
from tests.support.small_plant import lines, write_small_plant

_SOURCE = """feed = "{feed}"
files = ["{files}/*"]
[time]
column = "{time}"
kind = "zoned"
[columns]
machine_id = "machine"
factory_id = "factory"
"""
READINGS = _SOURCE.format(feed="readings", files="lines", time="at")
READINGS += 'sensor_id = "sensor"\nmetric = "metric"\nvalue = "value"\nunit = "unit"\n'
FAILURES = _SOURCE.format(feed="failures", files="failures", time="at") + 'code = "code"\n'
MACHINES = _SOURCE.format(feed="machines", files="machines", time="since")
MACHINES += 'machine_model = "model"\nmoved_from = "from"\n'
DAY_1, DAY_2 = "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    """No engine: such small batches need none."""
    plant = write_small_plant(tmp_path, lines=READINGS, failures=FAILURES, machines=MACHINES)
    return Plane(tmp_path, "none", str(plant))


def _keys(rows: list[dict[str, Any]], *names: str) -> set[tuple[Any, ...]]:
    return {tuple(row[name] for name in ("factory_id", "machine_id", *names)) for row in rows}


def test_two_machines_of_one_name_are_two_in_every_table(plane: Plane) -> None:
    plane.land("lines/a.jsonl", lines(DAY_1, 216, factory="A"))
    plane.land("lines/b.jsonl", lines(DAY_1, 216, factory="B"))
    plane.land("failures/a.jsonl", f'{{"at": "{DAY_1[:11]}12:00:00Z", "machine": "M1", "factory": "A", "code": "x"}}\n')
    hot, cold = ('{{"since": "2025-06-01T00:00:00Z", "machine": "M1", "factory": "{}", "model": "{}"}}\n'.format(*one)
                 for one in (("A", "HOT"), ("B", "COLD")))  # fmt: skip
    plane.land("machines/all.jsonl", hot + cold)

    plane.run()

    assert plane.table("silver.readings").num_rows == 432
    assert not plane.rows("silver.readings_quarantine")
    for name in ("silver.buckets", "gold.machine_daily", "gold.machine_features", "gold.failure_labels"):
        assert _keys(plane.rows(name)) == {("A", "M1"), ("B", "M1")}, name
    day = datetime(2026, 3, 1, tzinfo=UTC).date()
    counts = {
        row["factory_id"]: row["reading_count"] for row in plane.rows("gold.machine_daily") if row["local_date"] == day
    }
    assert counts == {"A": 138, "B": 138}
    after = [
        row for row in plane.rows("gold.machine_features") if row["scored_at"].hour > 12 and row["scored_at"].day == 1
    ]
    assert {row["factory_id"] for row in after if row["since_failure_h"] is not None} == {"A"}
    assert _keys(after, "is_machine_model_HOT") == {("A", "M1", 1.0), ("B", "M1", 0.0)}
    labels = [
        row for row in plane.rows("gold.failure_labels") if row["scored_at"].day == 1 and row["scored_at"].hour < 12
    ]
    assert _keys(labels, "failure_within_24h") >= {("A", "M1", 1)}
    assert ("B", "M1", 1) not in _keys(labels, "failure_within_24h")
    assert set(training_frames(plane.plant).features["machine_id"]) == {"A/M1", "B/M1"}


def test_a_machine_that_moved_takes_its_history_with_it(plane: Plane) -> None:
    plane.land("lines/a.jsonl", lines(DAY_1, 144, factory="A"))
    plane.land("lines/b.jsonl", lines(DAY_2, 144, factory="B"))
    plane.land("failures/a.jsonl", f'{{"at": "{DAY_1[:11]}12:00:00Z", "machine": "M1", "factory": "A", "code": "x"}}\n')
    moved = f'{{"since": "{DAY_2}", "machine": "M1", "factory": "B", "model": "HOT", "from": "A"}}\n'
    plane.land("machines/all.jsonl", moved)

    plane.run()

    rows = sorted(plane.rows("gold.machine_features"), key=lambda row: row["scored_at"])
    assert [row["factory_id"] for row in rows] == ["A"] * 24 + ["B"] * 24
    first_there = rows[24]
    assert first_there["since_failure_h"] == pytest.approx(13.0)
    assert first_there["temperature_mean_3h_c"] is not None
    assert set(training_frames(plane.plant).features["machine_id"]) == {"M1"}


def test_what_is_known_of_a_new_factorys_machine_is_nothing_of_the_old_ones(plane: Plane) -> None:
    plane.land("lines/a.jsonl", lines(DAY_1, 144, factory="A"))
    plane.run()
    before = plane.rows("gold.machine_features")

    plane.land("lines/b.jsonl", lines(DAY_1, 144, factory="B", sensor="S9"))
    plane.run()

    rows = plane.rows("gold.machine_features")
    assert [row for row in rows if row["factory_id"] == "A"] == before
    assert len(rows) == 2 * len(before)
