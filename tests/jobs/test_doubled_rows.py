"""Rows that a compaction of before doubled: `assay verify` names each, and the way of the page takes them out."""

import shutil
from pathlib import Path

from deltalake import DeltaTable

from jobs.runtime.exits import ExitCode
from jobs.verify.choice import Choice
from jobs.verify.job import verified
from tests.support.plane import Plane
from tests.support.small_plant import LINES_BY_FACTORY, line, lines, write_small_plant

FACTORY, EACH = "Köln", 6
READINGS = "silver.readings"


def _plane(root: Path) -> Plane:
    """A lake of two deliveries, whose files Spark named and an older release then joined by delta-rs alone."""
    plane = Plane(root, "none", str(write_small_plant(root, lines=LINES_BY_FACTORY)))
    for hour in (0, 12):
        plane.land(f"lines/{hour}.jsonl", lines(f"2026-03-01T{hour:02d}:00:00+00:00", EACH, factory=FACTORY))
        plane.run()
    folder = plane.lake / "silver" / "readings"
    for log in (folder / "_delta_log").glob("*.json"):
        log.write_text(log.read_text("utf-8").replace("K%C3%B6ln", FACTORY), "utf-8")
    DeltaTable(folder).optimize.compact()
    return plane


def _counts(plane: Plane) -> list[int]:
    sums = [("silver.buckets", "reading_count"), ("gold.factory_daily", "reading_count")]
    return [plane.table(READINGS).num_rows, *(sum(row[name] for row in plane.rows(table)) for table, name in sums)]


def test_doubled_rows_are_named_and_the_repair_of_the_page_takes_them_out_of_all_that_follows(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("lines/late.jsonl", line("2026-03-01T02:05:00Z", 51.0, factory=FACTORY))
    plane.run()
    assert _counts(plane) == [4 * EACH + 1] * 3

    report = verified(plane.settings, [READINGS], Choice())
    assert report.exit_code is ExitCode.REFUSED
    named = [one for one in report.lines if "is stored 2 times, comes out 1 times" in one]
    assert all(FACTORY in one for one in named)
    assert f"and {2 * EACH - len(named)} more" in report.lines[-2] or len(named) == 2 * EACH

    shutil.move(plane.lake / "silver" / "readings", tmp_path / "away")
    plane.silver()
    plane.gold()

    assert _counts(plane) == [2 * EACH + 1] * 3
    assert verified(plane.settings, [READINGS], Choice()).exit_code is ExitCode.DONE
    assert verified(plane.settings, [], Choice()).exit_code is ExitCode.DONE
