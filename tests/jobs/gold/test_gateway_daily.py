"""`gold.gateway_daily` in a lake: a file that grows, and copies of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from expectations.tables.gold_gateways import CLOCK_SUSPECTS, GATEWAY_DAILY
from jobs.ask.job import Form, asked
from jobs.gold import gateway_recipe
from jobs.runtime.session import session_when_needed
from lakehouse.publish.rebuild import rebuild
from lakehouse.publish.stale import work_of
from tests.support.plane import Plane
from tests.support.small_plant import line, write_small_plant

NOWHERE = "sc://localhost:1"
FIRST, SECOND = line("2026-03-01T10:00:00Z"), line("2026-03-02T10:00:00Z")


def _time(day: int, hour: int) -> float:
    return datetime(2026, 3, day, hour, tzinfo=UTC).timestamp()


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    return Plane(tmp_path, NOWHERE, str(write_small_plant(tmp_path)))


def _days(plane: Plane) -> dict[str, tuple[Any, ...]]:
    return {
        str(row["day"]): (row["mapping"], row["accepted_count"], timedelta(seconds=row["delivered_after_max_s"]))
        for row in plane.rows(GATEWAY_DAILY.name)
    }


def _build(plane: Plane) -> None:
    """Ingest and this table; no reading is set aside."""
    plane.ingest()
    with session_when_needed(plane.settings) as engine:
        rebuild(engine, plane.plant.lake, gateway_recipe.recipe(plane.plant))


def _stale(plane: Plane) -> list[str] | None:
    work = work_of(plane.plant.lake, gateway_recipe.recipe(plane.plant))
    return None if work is None else [str(day) for day in work.dates]


def test_each_day_follows_the_first_file_that_has_its_readings(plane: Plane) -> None:
    plane.land("lines/log.jsonl", FIRST, modified=_time(1, 11))
    _build(plane)
    plane.land("lines/log.jsonl", FIRST + SECOND, modified=_time(2, 13))
    _build(plane)
    came = {"2026-03-01": ("lines", 1, timedelta(hours=1)), "2026-03-02": ("lines", 1, timedelta(hours=3))}
    assert _days(plane) == came
    assert _stale(plane) is None

    plane.land("lines/copy.jsonl", FIRST + SECOND, modified=_time(2, 12))  # it was elsewhere an hour before
    plane.ingest()
    assert _stale(plane) == ["2026-03-02"]  # the log had the other day before that
    _build(plane)
    assert _days(plane) == came | {"2026-03-02": ("lines", 1, timedelta(hours=2))}

    plane.land("lines/later.jsonl", FIRST, modified=_time(5, 0))  # a later copy says nothing new
    plane.ingest()
    assert _stale(plane) is None


def test_a_gateway_of_which_nothing_was_accepted_has_its_days_all_the_same(plane: Plane) -> None:
    plane.land("lines/1.jsonl", line("2026-03-01T10:00:00Z", 9_000.0) + line("2026-03-01T10:01:00Z", -9_000.0))
    plane.ingest()
    plane.silver()

    report = plane.gold()

    assert report.changed
    (row,) = plane.rows(GATEWAY_DAILY.name)
    assert (row["accepted_count"], row["quarantined_count"]) == (0, 2)
    assert not plane.gold().changed


def test_days_of_wrong_clocks_are_in_a_table_of_their_own(plane: Plane) -> None:
    """A gateway of which nothing else came is known all the same; a true reading of the day brings the day back."""
    plane.land("lines/1.jsonl", line("1970-01-01T00:10:00Z") + line("2036-02-07T06:28:00Z"), modified=_time(1, 11))
    plane.run()

    def found() -> tuple[list[str], dict[str, Any]]:
        data = asked(plane.settings, "late_gateways", (), Form(as_json=True)).data
        gateway = dict(zip(data["columns"], data["rows"][0], strict=True))
        return [str(row["day"]) for row in plane.rows(GATEWAY_DAILY.name)], gateway

    days, gateway = found()
    assert (days, gateway["clock_suspect_ever"], gateway["last_reading_at"]) == ([], 2, None)
    assert [str(row["stated_date"]) for row in plane.rows(CLOCK_SUSPECTS.name)] == ["1970-01-01", "2036-02-07"]
    assert not plane.gold().changed

    plane.land("lines/2.jsonl", FIRST, modified=_time(1, 12))
    plane.run()
    days, gateway = found()
    assert (days, gateway["clock_suspect_ever"], gateway["readings"]) == (["2026-03-01"], 2, 1)
