"""Limits that the profile gets later: all readings hold by one rulebook, and none is lost or counted twice."""

from pathlib import Path

import pytest

from jobs.quality.accounting import totals
from jobs.quality.recipes import data_quality_rows
from lakehouse.engine.server import EngineAddress
from tests.support.plane import Plane
from tests.support.small_plant import line, lines, write_small_plant

pytestmark = pytest.mark.spark
LIMITS = "minimum = 0\nmaximum = 200\nwarning_above = 100\ncritical_above = 120"
TABLES = ("silver", "gold")
WARM = """
[[rules]]
name = "too_warm_at_six"
table = "silver.readings"
severity = "quarantine"
meaning = "No machine is above 55 C before seven"
condition = "value <= 55 OR hour(measured_at) >= 7"
"""


def _with_limits(plane: Plane, limits: str) -> None:
    path = write_small_plant(plane.root) / "profile.toml"
    text = path.read_text()
    assert LIMITS in text
    path.write_text(text.replace(LIMITS, limits, 1))


def _classes(plane: Plane) -> dict[str, int]:
    return totals(data_quality_rows(plane.plant))["readings"]


@pytest.fixture
def plane(engine: EngineAddress, tmp_path: Path) -> Plane:
    """Two hours of readings from 50 to 60 degrees, one of which came twice."""
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", lines("2026-03-01T06:00:00+00:00", 12) + line("2026-03-01T06:00:00+00:00"))
    plane.run()
    return plane


def test_a_limit_that_changed_judges_all_readings_anew_and_back_again(plane: Plane) -> None:
    before, classes = plane.digests(TABLES), _classes(plane)
    above = sum(row["value"] > 55 for row in plane.rows("silver.readings"))
    assert 0 < above < 12

    _with_limits(plane, "minimum = 0\nmaximum = 55\nwarning_above = 52\ncritical_above = 54")
    plane.run()

    assert all(row["value"] <= 55 and row["is_warning"] == (row["value"] > 52) for row in plane.rows("silver.readings"))
    assert plane.quarantined() == {"value_out_of_range": above}
    assert _classes(plane) == {**classes, "accepted": 12 - above, "quarantined": above}
    files = plane.snapshot()
    plane.run()
    assert plane.snapshot() == files

    write_small_plant(plane.root)
    plane.run()
    after = plane.digests(TABLES)
    assert {name: after[name] for name in before} == before
    assert (_classes(plane), plane.quarantined()) == (classes, {})


def test_a_reading_that_todays_limits_refuse_is_not_lost_where_a_larger_one_comes(plane: Plane) -> None:
    _with_limits(plane, LIMITS.replace("minimum = 0", "minimum = 51"))
    plane.land("lines/2.jsonl", line("2026-03-01T06:00:00+00:00", 150.0))
    plane.run()

    first = min(plane.rows("silver.readings"), key=lambda row: row["measured_at"])
    aside, classes = plane.rows("silver.readings_quarantine"), _classes(plane)
    assert first["value"] == 150.0
    assert [row["value"] for row in aside].count(50.0) == 2
    assert all(row["_faults"] == ["value_out_of_range"] for row in aside)
    assert (classes["accepted"], classes["duplicate"]) == (len(plane.rows("silver.readings")), 0)
    assert (classes["records"], classes["quarantined"]) == (14, len(aside))
    assert classes["accepted"] + len(aside) == 14


def test_a_rule_of_the_plant_sets_aside_the_same_readings_whenever_it_comes(plane: Plane, tmp_path: Path) -> None:
    classes = _classes(plane)
    above = sum(row["value"] > 55 and row["measured_at"].hour < 7 for row in plane.rows("silver.readings"))
    assert 0 < above < 12

    write_small_plant(plane.root, WARM)
    plane.land("lines/2.jsonl", lines("2026-03-02T06:00:00+00:00", 6))
    plane.run()
    later = sum(row["measured_at"].day == 2 for row in plane.rows("silver.readings_quarantine"))

    assert plane.quarantined() == {"too_warm_at_six": above + later}
    assert 0 < later < 6
    assert _classes(plane) == {
        **classes, "records": classes["records"] + 6, "accepted": classes["accepted"] - above + 6 - later,
        "quarantined": above + later,
    }  # fmt: skip
    first = Plane(tmp_path / "first", plane.engine, str(write_small_plant(tmp_path / "first", WARM)))
    for path in sorted((plane.landing / "lines").iterdir()):
        first.land(f"lines/{path.name}", path.read_bytes(), modified=path.stat().st_mtime)
    first.run()
    assert first.digests(TABLES) == plane.digests(TABLES)

    write_small_plant(plane.root)
    plane.silver()
    assert (plane.quarantined(), _classes(plane)["accepted"]) == ({}, classes["accepted"] + 6)
