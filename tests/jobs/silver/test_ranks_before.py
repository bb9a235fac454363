"""Outcomes of before are those of the rules of before, also of an export time that a mapping's path states since."""

from datetime import UTC, datetime
from pathlib import Path

from expectations.mapping.keep import Keep
from jobs.silver.file_versions import file_versions
from jobs.silver.path_versions import arrivals, landed
from tests.support.plane import Plane
from tests.support.small_plant import LINES, line, write_small_plant

CAME = datetime(2026, 3, 5, tzinfo=UTC)
STATED = datetime(2026, 3, 2, tzinfo=UTC)


def test_versions_rank_by_the_rules_that_are_asked_for(tmp_path: Path) -> None:
    stating = LINES.replace('files = ["lines/*"]', 'files = ["lines/*"]\npath = "lines/{exported_at:%Y%m%d}.jsonl"')
    assert stating != LINES
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, lines=stating)))
    plane.land("lines/20260302.jsonl", line("2026-03-01T10:00:00Z", 50.0), modified=CAME.timestamp())
    plane.ingest()
    before, now = {"lines": Keep("latest")}, {one.name: one.keep for one in plane.plant.sources.usable}

    for found in (landed(plane.plant, keep=before), arrivals(plane.plant, keep=before)):
        assert [_day(one.modified_us) for one in found] == [CAME.date()]
    for found in (landed(plane.plant), arrivals(plane.plant), landed(plane.plant, keep=now)):
        assert [_day(one.modified_us) for one in found] == [STATED.date()]
    ranks = [file_versions(plane.plant, keep, range(1, 2)) for keep in (before, now)]
    assert ranks[0] != ranks[1]


def _day(at_us: int) -> object:
    return datetime.fromtimestamp(at_us / 1e6, UTC).date()
