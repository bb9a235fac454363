"""A label is 0 only up to the time through which failures are known."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.diagnosis.failures import failures
from tests.support.plane import Plane
from tests.support.small_plant import LINES_BY_FACTORY, event_mapping, lines, write_small_plant

_FAILURES = event_mapping("failures")
_HEADER = "at,machine,code\n"
MARCH_3, MARCH_6 = datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC)


def _plane(folder: Path, failures: str = _FAILURES) -> Plane:
    plant = write_small_plant(folder, lines=LINES_BY_FACTORY, failures=failures)
    plane = Plane(folder, "none", str(plant))
    plane.land("lines/a.jsonl", lines("2026-03-01T00:00:00Z", 6 * 144, factory="A"))
    return plane


def _known_days(plane: Plane) -> Counter[int]:
    """Day of March -> rows that have a label."""
    labels = plane.rows("gold.failure_labels")
    return Counter(row["scored_at"].day for row in labels if row["failure_within_24h"] is not None)


def test_a_monthly_file_does_not_say_that_the_month_after_it_was_quiet(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("failures/february.csv", _HEADER, modified=MARCH_3.timestamp())

    plane.run()

    assert set(_known_days(plane)) == {1, 2}
    plane.land("failures/march.csv", f"{_HEADER}2026-03-03T12:00:00Z,M1,seal\n", modified=MARCH_6.timestamp())
    plane.run()
    assert {2, 4, 5} <= set(_known_days(plane)) <= {1, 2, 3, 4, 5, 6}
    ones = [row["scored_at"] for row in plane.rows("gold.failure_labels") if row["failure_within_24h"] == 1]
    assert min(ones) >= datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert max(ones) < datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_no_file_of_failures_is_no_evidence_of_health(tmp_path: Path) -> None:
    plane = _plane(tmp_path)

    plane.run()

    assert plane.rows("gold.failure_labels")
    assert not _known_days(plane)


def test_the_doctor_asks_for_the_end_of_a_history(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("failures/all.csv", f"{_HEADER}2026-03-02T12:00:00Z,M1,seal\n")
    plane.run()

    (asked,) = failures(plane.settings)
    assert asked.found.startswith("mapping failures: its files were written after the last record of the plant")
    mapping = Path(plane.plant_name) / "mappings" / "failures.toml"
    mapping.write_text(f"complete_through = 2026-03-03T00:00:00Z\n{_FAILURES}", encoding="utf-8")
    assert not list(failures(plane.settings))


def test_a_file_of_known_content_says_that_nothing_came(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("failures/1.csv", _HEADER, modified=MARCH_3.timestamp())
    plane.run()
    plane.land("failures/2.csv", _HEADER, modified=MARCH_6.timestamp())

    plane.run()

    assert set(_known_days(plane)) == {1, 2, 3, 4, 5}


def test_a_file_that_was_written_anew_says_it_too(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("failures/all.csv", f"{_HEADER}2026-02-20T12:00:00Z,M1,seal\n", modified=MARCH_3.timestamp())
    plane.run()
    plane.land("failures/all.csv", f"{_HEADER}2026-02-20T12:30:00Z,M1,seal\n", modified=MARCH_6.timestamp())

    plane.run()

    assert {row["outcome"] for row in plane.rows("bronze.files") if row["feed"] == "failures"} == {
        "read",
        "file_changed",
    }
    assert set(_known_days(plane)) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("stated", ["mapping", "path", "delay"])
def test_a_history_that_was_copied_late_states_it(tmp_path: Path, stated: str) -> None:
    first = {
        "mapping": "complete_through = 2026-03-03T00:00:00Z\n",
        "path": 'path = "{complete_through:%Y%m%d}.csv"\n',
        "delay": "",
    }[stated]
    plane = _plane(tmp_path, first + _FAILURES)
    if stated == "delay":
        profile = Path(plane.plant_name) / "profile.toml"
        profile.write_text(
            profile.read_text(encoding="utf-8") + '\n[feeds.failures]\ndelay = "29d"\n', encoding="utf-8"
        )
    plane.land("failures/20260303.csv", _HEADER)  # modified today, ingested on 1 April of the test's clock

    plane.run()

    assert set(_known_days(plane)) == {1, 2}
