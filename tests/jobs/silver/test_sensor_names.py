"""A sensor whose name is unique and that two machines send is reported: by the batch, and in the whole lake."""

from pathlib import Path

import pytest

from jobs.quality.job import check_all
from jobs.silver.sensor_names import on_two_machines
from tests.support.plane import AS_OF, Plane
from tests.support.small_plant import line, write_small_plant

MAPPING = """feed = "readings"
files = ["{name}/*"]
{key}
[time]
column = "at"
kind = "zoned"
[columns]
machine_id = "machine"
sensor_id = "sensor"
metric = "metric"
value = "value"
unit = "unit"
[constants]
factory_id = "F1"
"""
UNIQUE = 'sensors = "unique"'


def _plane(root: Path, key: str = UNIQUE) -> Plane:
    """Mapping `lines` with the key, mapping `others` without."""
    sources = {"lines": MAPPING.format(name="lines", key=key), "others": MAPPING.format(name="others", key="")}
    return Plane(root, "none", str(write_small_plant(root, **sources)))


def _run(plane: Plane) -> list[str]:
    plane.ingest()
    return [text for text in plane.silver().lines if "WARNING" in text]


def test_machines_that_come_in_two_batches_are_found_in_the_whole_lake(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    plane.land("lines/a.jsonl", line("2026-03-01T00:00:00Z"))
    assert _run(plane) == []

    plane.land("lines/b.jsonl", line("2026-03-01T01:00:00Z", machine="M2"))
    _run(plane)

    found = on_two_machines(plane.plant)
    assert len(found) == 1
    assert "sensor 'S1' seems to sit on 2 machines: 'M1' of factory 'F1' and 'M2' of factory 'F1'" in found[0]
    report = check_all(plane.settings, AS_OF)
    assert report.data["sensors_on_two_machines"] == found
    assert f"quality: WARNING {found[0]}" in report.lines


@pytest.mark.parametrize(
    ("key", "folder", "at"),
    [
        ("", "lines", "2026-03-01T01:00:00Z"),
        (UNIQUE, "others", "2026-03-01T01:00:00Z"),
        (UNIQUE, "lines", "2026-03-02T01:00:00Z"),
    ],
    ids=["names are of machines", "the other is of another mapping", "it went to another machine the day after"],
)
def test_nothing_is_reported_of_sensors_that_may_be_two(tmp_path: Path, key: str, folder: str, at: str) -> None:
    plane = _plane(tmp_path, key)
    plane.land("lines/a.jsonl", line("2026-03-01T00:00:00Z"))
    plane.land(f"{folder}/b.jsonl", line(at, machine="M2"))

    assert _run(plane) == []
    assert on_two_machines(plane.plant) == []


def test_a_machine_that_moves_on_that_day_is_one(tmp_path: Path) -> None:
    plane = _plane(tmp_path)
    moved = MAPPING.format(name="moved", key=UNIQUE).replace('"F1"', '"F2"')
    machines = """feed = "machines"
files = ["machines/*"]
[time]
column = "since"
kind = "zoned"
[columns]
machine_id = "machine"
factory_id = "factory"
moved_from = "from"
"""
    write_small_plant(tmp_path, lines=MAPPING.format(name="lines", key=UNIQUE), moved=moved, machines=machines)
    plane.land("lines/a.jsonl", line("2026-03-01T00:00:00Z"))
    plane.land("moved/b.jsonl", line("2026-03-01T02:00:00Z"))
    assert len(_run(plane)) == 1

    since = '{"since": "2026-03-01T01:00:00Z", "machine": "M1", "factory": "F2", "from": "F1"}\n'
    plane.land("machines/a.jsonl", since)
    _run(plane)

    assert on_two_machines(plane.plant) == []
