"""Equal bytes at two paths, one of them corrected: silver is the same in any order of arrival."""

from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest

from lakehouse.engine.server import EngineAddress
from tests.support.plane import Plane
from tests.support.small_plant import HEADER, row, write_small_plant

pytestmark = pytest.mark.spark
LANDED = 1_774_000_000.0
FIRST, COPIED, AGAIN = ("table/1.csv", 10.0, 1), ("table/2.csv", 10.0, 1), ("table/2.csv", 10.0, 2)
CORRECTED = ("table/1.csv", 20.0, 3)


def outcome_in_every_order(root: Path, engine: EngineAddress, *deliveries: tuple[str, float, int]) -> Plane:
    """The plane after the deliveries: silver is equal whatever their order."""
    found, planes = set(), list[Plane]()
    for number, order in enumerate(permutations(deliveries)):
        plane = Plane(root / str(number), engine.remote, str(write_small_plant(root / str(number))))
        for path, value, at in order:
            plane.land(path, f"{HEADER}\n{row('2026-03-01T01:00:00Z', value)}", modified=LANDED + at)
            plane.ingest()
            plane.silver()
        found.add(tuple(plane.digests(("silver",)).items()))
        planes.append(plane)
    assert len(found) == 1
    return planes[0]


def test_a_path_that_had_the_old_value_later_differs_from_the_corrected_one(
    engine: EngineAddress, tmp_path: Path
) -> None:
    """The second path says the old value on its own: two sources differ."""
    plane = outcome_in_every_order(tmp_path, engine, FIRST, AGAIN, CORRECTED)

    assert plane.rows("silver.readings") == []
    assert plane.quarantined() == Counter(conflicting_value=2)


def test_a_copy_with_its_time_is_corrected_with_the_other_one(engine: EngineAddress, tmp_path: Path) -> None:
    """Both paths hold one version, and what replaces it at one of them replaces it."""
    plane = outcome_in_every_order(tmp_path, engine, FIRST, COPIED, CORRECTED)

    assert [found["value"] for found in plane.rows("silver.readings")] == [20.0]
    assert plane.quarantined() == Counter(superseded=1)
