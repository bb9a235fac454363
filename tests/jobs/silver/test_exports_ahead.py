"""Files whose paths say that they were exported in the future: set aside in any order, also of stored readings."""

from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from tests.field_cases.case import CASES, Case
from tests.support.plane import Plane

AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
FILES = {
    "f/P1_206611050700.csv": "time,temp\n2026-11-02 06:00:00,99.0\n2026-11-02 06:03:00,99.0\n",
    "f/P1_202611060700.csv": "time,temp\n2026-11-02 06:00:00,21.5\n2026-11-02 06:01:00,21.8\n",
    "f/P1_202611070700.csv": "time,temp\n2026-11-02 06:01:00,21.8\n2026-11-02 06:02:00,22.0\n",
}
STATED, UNSAID = "{exported_at:%Y%m%d%H%M}", "*"


def _plane(root: Path) -> Plane:
    plant = Case(CASES / "export_time_ahead_in_path").make_plant(root)
    return Plane(root, "none", str(plant), AS_OF)


def _values(plane: Plane) -> list[tuple[str, float]]:
    return sorted((f"{row['measured_at']:%M}", row["value"]) for row in plane.rows("silver.readings"))


@pytest.mark.parametrize("order", list(permutations(FILES)), ids=str)
def test_such_a_file_counts_in_no_order_of_arrival(tmp_path: Path, order: tuple[str, ...]) -> None:
    plane = _plane(tmp_path)

    for name in order:
        plane.land(name, FILES[name])
        plane.ingest()
        plane.silver()

    assert _values(plane) == [("00", 21.5), ("01", 21.8), ("02", 22.0)]
    assert plane.quarantined() == {"clock_suspect": 2}


def test_stored_readings_leave_when_the_mapping_begins_to_say_what_the_path_states(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    mapping = Path(plane.plant_name) / "mappings" / "f.toml"
    stated = mapping.read_text(encoding="utf-8")
    mapping.write_text(stated.replace(STATED, UNSAID), encoding="utf-8")
    for name, content in FILES.items():
        plane.land(name, content, modified=AS_OF.timestamp() - ("2066" not in name))
    plane.ingest()
    plane.silver()
    before = _values(plane)

    mapping.write_text(stated, encoding="utf-8")
    plane.silver()

    assert before == [("00", 99.0), ("01", 21.8), ("02", 22.0), ("03", 99.0)]
    assert _values(plane) == [("00", 21.5), ("01", 21.8), ("02", 22.0)]
    assert plane.quarantined() == {"clock_suspect": 2}
