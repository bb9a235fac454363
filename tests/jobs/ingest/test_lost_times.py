"""Times of files that say nothing of which version is later are reported."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jobs.ingest.lost_times import lost_times
from tests.support.plane import Plane
from tests.support.small_plant import HEADER, row, write_small_plant

AT = datetime(2026, 3, 20, tzinfo=UTC)
LANDED = 1_774_000_000.0


def ledger_row(batch: int, sha: str, hours: int, **changes: Any) -> dict[str, Any]:
    kept = {"path": "a.csv", "feed": "readings", "outcome": "read"}
    return {**kept, "sha256": sha, "modified_at": AT + timedelta(hours=hours), "_batch_id": batch, **changes}


def test_a_content_that_comes_again_with_another_time_is_named() -> None:
    first, copy = ledger_row(1, "x", 0), ledger_row(2, "x", 5, outcome="duplicate_file")

    (line,) = lost_times([copy], [first, copy])

    assert line.startswith("ingest: the same content came again with another time: 1 file (a.csv)")
    assert lost_times([copy | {"modified_at": AT}], [first, copy]) == []


def test_two_contents_of_one_time_are_named() -> None:
    first, other = ledger_row(1, "x", 0), ledger_row(2, "y", 0)

    (line,) = lost_times([other], [first, other])

    assert line.startswith("ingest: two contents of one path have the same time: 1 file (a.csv)")
    assert lost_times([ledger_row(2, "y", 1)], [first]) == []
    assert lost_times([ledger_row(2, "y", 0, path="b.csv")], [first]) == []
    assert lost_times([ledger_row(2, "y", 0, feed="failures")], [first]) == []


def test_the_run_says_so(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)))
    content = f"{HEADER}\n{row('2026-03-01T01:00:00Z')}"
    plane.land("table/1.csv", content, modified=LANDED)
    assert not [line for line in plane.ingest().lines if "time" in line]

    plane.land("table/1.csv", content, modified=LANDED + 60)
    assert [line for line in plane.ingest().lines if "came again with another time: 1 file (table/1.csv)" in line]

    plane.land("table/1.csv", content.replace("50.0", "51.25"), modified=LANDED + 60)
    assert [line for line in plane.ingest().lines if "have the same time: 1 file (table/1.csv)" in line]
