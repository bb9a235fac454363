"""A file that is copied and then grows, at one path or at both: each reading once, in any order of arrival."""

from itertools import permutations
from pathlib import Path

import pytest

from tests.support.plane import Plane
from tests.support.small_plant import HEADER, row, write_small_plant

LANDED = 1_774_000_000.0
FIRST, COPY = "table/log.csv", "table/copy of log.csv"
BEGIN = f"{HEADER}\n{row('2026-03-01T01:00:00Z', 10.0)}{row('2026-03-01T02:00:00Z', 11.0)}"
LAST = row("2026-03-01T03:00:00Z", 12.5)
GROWN = BEGIN + LAST
FURTHER = GROWN + row("2026-03-01T04:00:00Z", 13.0)
CUT = BEGIN + LAST[:-7]
READINGS = [(1, 10.0), (2, 11.0), (3, 12.5), (4, 13.0)]
Delivery = tuple[str, str, float]


def outcomes(root: Path, deliveries: tuple[Delivery, ...]) -> set[tuple[object, ...]]:
    """What silver has after the deliveries in each order: readings, set aside, rejected, and the digests of tables."""
    found = set[tuple[object, ...]]()
    for number, order in enumerate(permutations(deliveries)):
        plane = Plane(root / str(number), "none", str(write_small_plant(root / str(number))))
        for path, content, at in order:
            plane.land(path, content, modified=LANDED + at)
            plane.ingest()
            plane.silver()
        stored = sorted((one["measured_at"].hour, one["value"]) for one in plane.rows("silver.readings"))
        aside = tuple(plane.quarantined().items())
        found.add((tuple(stored), aside, tuple(plane.digests(("silver",)).items())))
    return found


@pytest.mark.parametrize(
    ("deliveries", "count"),
    [
        (((FIRST, BEGIN, 1), (COPY, BEGIN, 1), (COPY, GROWN, 2)), 3),
        (((FIRST, BEGIN, 1), (COPY, BEGIN, 2), (COPY, GROWN, 3)), 3),
        (((FIRST, BEGIN, 1), (COPY, BEGIN, 1), (FIRST, GROWN, 2)), 3),
        (((FIRST, GROWN, 2), (COPY, BEGIN, 1), (COPY, FURTHER, 3)), 4),
        (((FIRST, CUT, 1), (COPY, CUT, 1), (COPY, FURTHER, 2)), 4),
    ],
    ids=["the copy", "a later copy", "the first one", "both", "cut in the midst of a line"],
)
def test_each_reading_is_there_once_in_any_order(deliveries: tuple[Delivery, ...], count: int, tmp_path: Path) -> None:
    (found,) = outcomes(tmp_path, deliveries)

    assert found[:2] == (tuple(READINGS[:count]), ())
