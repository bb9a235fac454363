"""Files that are copied, grow and are corrected, in a lake: silver is the same in any order of arrival."""

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.rebuild.job import rebuild_layers
from jobs.silver.key_form import check_key_form
from lakehouse.engine.server import EngineAddress
from lakehouse.errors import UsageError
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import HEADER, LATEST, row, write_small_plant

LANDED = 1_774_000_000.0
Delivery = tuple[str, str, float]


def text(sensor: str, *values: float) -> str:
    """A file of one sensor, a value for each hour from one o'clock on."""
    rows = (row(f"2026-03-01T{hour:02d}:00:00Z", value, sensor) for hour, value in enumerate(values, 1))
    return "\n".join([HEADER, "".join(rows)])


def deliveries(sensor: str, *files: tuple[str, tuple[float, ...], float]) -> list[Delivery]:
    """Files below a folder of the sensor's: name, values and time."""
    return [(name.replace("/", f"/{sensor}-"), text(sensor, *values), at) for name, values, at in files]


CASES = [
    deliveries("own", ("table/1", (10.0,), 1), ("table/2", (10.0,), 2), ("table/1", (20.0,), 3)),
    deliveries("copied", ("table/1", (10.0,), 1), ("table/2", (10.0,), 1), ("table/1", (20.0,), 3)),
    deliveries("grew", ("table/1", (10.0,), 1), ("table/2", (10.0,), 1), ("table/1", (20.0,), 3),
               ("table/2", (10.0, 11.0), 2)),
    deliveries("between", ("table/1", (10.0,), 1), ("table/1", (20.0,), 2), ("table/1", (10.0, 11.0), 3)),
    deliveries("later", ("latest/1", (10.0,), 1), ("latest/2", (20.0,), 2), ("latest/3", (10.0,), 3)),
    deliveries("log", ("latest/1", (10.0,), 1), ("latest/2", (20.0,), 2), ("latest/1", (10.0, 11.0), 3)),
]  # fmt: skip
STORED = {
    ("copied", 1, 20.0), ("grew", 2, 11.0), ("between", 1, 10.0), ("between", 2, 11.0), ("later", 1, 10.0),
    ("log", 1, 20.0), ("log", 2, 11.0),
}  # fmt: skip
ASIDE = {
    ("own", 10.0, "conflicting_value"), ("own", 20.0, "conflicting_value"), ("copied", 10.0, "superseded"),
    ("grew", 10.0, "conflicting_value"), ("grew", 20.0, "conflicting_value"), ("between", 20.0, "superseded"),
    ("later", 20.0, "superseded"), ("log", 10.0, "superseded"),
}  # fmt: skip


def found_in(plane: Plane) -> tuple[set[Any], set[Any]]:
    """What silver stores, and what is in quarantine."""
    stored = {(one["sensor_id"], one["measured_at"].hour, one["value"]) for one in plane.rows("silver.readings")}
    aside = plane.rows("silver.readings_quarantine")
    return stored, {(one["sensor_id"], one["value"], one["_faults"][0]) for one in aside}


@pytest.mark.spark
@pytest.mark.parametrize("order", [(3, 2, 1, 0), (2, 0, 3, 1)])
def test_copies_growth_and_corrections_end_the_same(engine: EngineAddress, tmp_path: Path, order: list[int]) -> None:
    plane = Plane(tmp_path, engine.remote, str(write_small_plant(tmp_path, latest=LATEST)))

    for step in order:
        for path, content, at in (case[step] for case in CASES if step < len(case)):
            plane.land(path, content, modified=LANDED + at)
        plane.ingest()
        plane.silver()

    assert found_in(plane) == (STORED, ASIDE)


def test_a_lake_whose_older_code_ranked_versions_otherwise_is_rebuilt_once(tmp_path: Path) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, latest=LATEST)))
    for path, content, at in CASES[4]:
        plane.land(path, content, modified=LANDED + at)
    plane.ingest()
    plane.silver()
    for log in (plane.lake / "silver/readings/_delta_log").glob("*.json"):
        log.write_text(log.read_text().replace(json.dumps("every version").replace('"', '\\"'), "null"))

    with pytest.raises(UsageError, match=r"1 files were copied, .* 'latest/later-1' first; run `assay rebuild` once"):
        check_key_form(plane.plant)
    rebuild_layers(plane.settings, AS_OF)

    assert found_in(plane)[0] == {("later", 1, 10.0)}
    check_key_form(plane.plant)
