"""How late events come is shown by the check of quality, and the doctor asks where the profile says less."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expectations.tables.gold_delays import FEED_DELAYS
from jobs.diagnosis.delays import delays
from jobs.diagnosis.emptiness import why_empty
from jobs.quality.job import check
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import lines, write_small_plant

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    """A plant whose failures of each day come with the next day's file, in the evening."""
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)))
    plane.land("lines/a.jsonl", lines("2026-03-01T00:00:00Z", 6))
    for number in range(6):
        happened, written = BEGAN + timedelta(days=number, hours=6), BEGAN + timedelta(days=number + 1, hours=20)
        text = f'{{"at": "{happened.isoformat()}", "machine": "M1", "code": "seal"}}\n'
        plane.land(f"failures/{number}.jsonl", text, modified=written.timestamp())
    plane.run()
    return plane


def _declare(plane: Plane, delay: str) -> None:
    write_small_plant(plane.root, f'[feeds.failures]\ndelay = "{delay}"\n')


def test_the_check_of_quality_writes_what_was_observed_beside_what_is_declared(plane: Plane) -> None:
    assert check(plane.plant, AS_OF).changed
    assert not check(plane.plant, AS_OF).changed
    (row,) = plane.rows(FEED_DELAYS.name)
    # Of the first two nobody knows: they happened before the first file was written.
    assert (row["feed"], row["event_count"], row["delay_max_s"]) == ("failures", 4, 38 * 3600.0)
    assert row["declared_delay_s"] is None

    _declare(plane, "2d")
    assert check(plane.plant, AS_OF).changed
    assert plane.rows(FEED_DELAYS.name)[0]["declared_delay_s"] == 172_800.0
    write_small_plant(plane.root)
    assert check(plane.plant, AS_OF).changed
    assert plane.rows(FEED_DELAYS.name)[0]["declared_delay_s"] is None


def test_the_doctor_asks_for_the_delay_until_the_profile_has_it(plane: Plane) -> None:
    (asked,) = delays(plane.settings)
    assert asked.found.startswith("mapping failures: of 4 events of feed failures 95 in 100 were on record within 38h")
    assert "the profile declares no delay" in asked.found
    assert '[feeds.failures] delay = "38h"' in asked.remedy

    _declare(plane, "37h")
    (asked,) = delays(plane.settings)
    assert "the profile declares 37h" in asked.found
    _declare(plane, "38h")
    assert not list(delays(plane.settings))


def test_a_history_that_states_how_far_it_reaches_is_left_out(plane: Plane) -> None:
    mapping = Path(plane.plant_name) / "mappings" / "failures.toml"
    mapping.write_text(f"complete_through = 2026-03-06T00:00:00Z\n{mapping.read_text(encoding='utf-8')}")

    assert not list(delays(plane.settings))


def test_without_a_file_of_events_nothing_is_missing(tmp_path: Path, plane: Plane) -> None:
    assert why_empty(plane.settings, plane.plant, FEED_DELAYS.name) == "run `assay quality`"
    quiet = Plane(tmp_path / "quiet", "none", plane.plant_name)
    quiet.land("lines/a.jsonl", lines("2026-03-01T00:00:00Z", 6))
    quiet.run()

    assert not check(quiet.plant, AS_OF).data["accounting"].get("failures")
    assert (
        why_empty(quiet.settings, quiet.plant, FEED_DELAYS.name) == "no file of events has come, so nothing is missing"
    )
