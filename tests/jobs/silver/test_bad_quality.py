"""What sources call bad reaches the health of their sensors, date by date, whatever arrives first."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant

MAPPING = """feed = "readings"
files = ["q/*.csv"]
format = "csv"
[time]
column = "at"
[columns]
sensor_id = "sensor"
value = "value"
[constants]
machine_id = "M1"
factory_id = "F1"
metric = "temperature"
unit = "C"
[quality]
column = "q"
preset = "opc_ua"
"""


def rows(day: int, codes: list[int]) -> str:
    """A reading an hour with its code."""
    return "at,sensor,value,q\n" + "".join(
        f"2026-03-{day:02d}T{hour:02d}:00:00Z,S1,{20 + hour / 10},{code}\n" for hour, code in enumerate(codes)
    )


FILES = {"q/a.csv": rows(2, [0, 2147811328, 0]), "q/b.csv": rows(2, [0, 2147811328, 0, 1024]), "q/c.csv": rows(3, [0])}


def health(plane: Plane) -> dict[date, tuple[Any, ...]]:
    table = plane.plant.lake.arrow(plane.plant.tables["silver.sensor_health"]).to_pylist()
    names = ("reading_count", "bad_quality_count", "bad_quality_codes")
    return {row["measured_date"]: tuple(row[name] for name in names) for row in table}


@pytest.mark.parametrize("order", [list(FILES), list(reversed(FILES))], ids=["in order", "the other way round"])
def test_each_bad_value_counts_once_on_its_date(tmp_path: Path, order: list[str]) -> None:
    plane = Plane(tmp_path, "none", str(write_small_plant(tmp_path, q=MAPPING)))

    for name in order:
        plane.land(name, FILES[name])
        plane.ingest()
        plane.silver()

    assert health(plane) == {date(2026, 3, 2): (3, 1, "0x80050000: 1"), date(2026, 3, 3): (1, 0, None)}
    assert plane.silver().lines == ("silver: nothing new in bronze",)
