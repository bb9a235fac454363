"""Records that agree with a content that came back, or goes on, count once."""

from pathlib import Path

import pytest

from jobs.quality.recipes import data_quality_rows
from tests.support.plane import Plane
from tests.support.small_plant import line, lines, write_small_plant

FIRST = lines("2026-03-01T09:00:00+00:00", 6)
AGAIN, NEW = FIRST.splitlines(keepends=True)[2], line("2026-03-02T09:00:00Z")
CAME = 1_772_360_000.0


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path)))
    plane.land("lines/1.jsonl", FIRST, modified=CAME)
    plane.ingest()
    plane.silver()
    return plane


def _second(plane: Plane) -> tuple[int, ...]:
    plane.ingest()
    plane.silver()
    (row,) = (one for one in data_quality_rows(plane.plant) if one["batch_id"] == 2)
    return tuple(row[name] for name in ("records", "accepted", "duplicate", "quarantined"))


@pytest.mark.parametrize("grew", [CAME, CAME + 60, CAME - 60], ids=["at the same time", "later", "earlier"])
def test_a_file_that_goes_on_with_a_record_that_it_has(plane: Plane, grew: float) -> None:
    plane.land("lines/1.jsonl", FIRST + AGAIN + NEW, modified=grew)

    assert _second(plane) == (2, 1, 1, 0)


@pytest.mark.parametrize("copied", [CAME - 86_400, CAME + 86_400], ids=["an older copy", "a newer copy"])
def test_a_copy_beside_a_file_that_says_the_same(plane: Plane, copied: float) -> None:
    plane.land("lines/copy.jsonl", FIRST, modified=copied)
    plane.land("lines/2.jsonl", AGAIN + NEW, modified=CAME + 1)

    assert _second(plane) == (8, 1, 7, 0)
