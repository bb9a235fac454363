"""Windows of vibration are computed by the engine's tasks where they are many, and are the same as without."""

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.engine.server import EngineAddress
from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant
from tests.support.waves import CELLS, VIBRATION

pytestmark = pytest.mark.spark
AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
FLOATS = CELLS.replace('encoding = "int16"\nscale = 0.001', 'encoding = "float32"')
WINDOWS = 2200
"""Of a date: 35 MB, so that two dates are more than one task takes on."""


def _file(day: int) -> bytes:
    made, sink = np.random.default_rng(day), io.BytesIO()
    data = [made.normal(size=4000).astype("<f4").tobytes() for _ in range(WINDOWS)]
    times = [
        f"2026-03-{day:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
        for second in range(WINDOWS)
    ]
    count = {"machine": ["M1"] * WINDOWS, "sensor": ["DE"] * WINDOWS, "rpm": [1500.0] * WINDOWS}
    pq.write_table(pa.table({"at": times, **count, "data": pa.array(data, pa.binary())}), sink)
    return sink.getvalue()


def test_two_dates_on_tasks_are_those_of_one_date_after_the_other(engine: EngineAddress, tmp_path: Path) -> None:
    digests = []
    for name, batches in (("tasks", [(1, 2)]), ("here", [(1,), (2,)])):
        plant = write_small_plant(tmp_path / name, VIBRATION, waves=FLOATS)
        plane = Plane(tmp_path / name, engine.remote if name == "tasks" else "none", str(plant), AS_OF)
        for days in batches:
            for day in days:
                plane.land(f"waves/{day}.parquet", _file(day))
            plane.ingest()
            plane.silver()
        assert plane.table("silver.vibration_windows").num_rows == 2 * WINDOWS
        digests.append(plane.digests(["silver"])["silver.vibration_windows"])

    assert digests[0] == digests[1]
