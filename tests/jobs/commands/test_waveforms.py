"""Files of waveforms through ingest: each window once, accounts to the unit, nothing new writes nothing."""

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.commands import assay, snapshot
from tests.support.plane import Plane
from tests.support.small_plant import write_small_plant

AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
CELLS = """
feed = "waveforms"
files = ["waves/*.parquet"]
format = "parquet"
[time]
column = "at"
[columns]
machine_id = "machine"
sensor_id = "sensor"
speed_rpm = "rpm"
[constants]
factory_id = "F1"
unit = "g"
[samples]
column = "data"
encoding = "int16"
scale = 0.001
rate_hz = 4000
"""


def waves(times: list[str], data: list[bytes | None], rpm: float | None = 1500.0, machine: str = "M1") -> bytes:
    """A file with a window a row."""
    count, sink = len(times), io.BytesIO()
    table = {"at": times, "machine": [machine] * count, "sensor": ["DE"] * count, "data": pa.array(data, pa.binary())}
    pq.write_table(pa.table({**table, "rpm": pa.array([rpm] * count, pa.float64())}), sink)
    return sink.getvalue()


def window(seed: int, count: int = 4000) -> bytes:
    """Noise as int16."""
    return (1000 * np.random.default_rng(seed).normal(size=count)).astype("<i2").tobytes()


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    return Plane(tmp_path, "none", str(write_small_plant(tmp_path, waves=CELLS)), AS_OF)


def test_windows_are_stored_as_they_came_and_each_record_counts_once(plane: Plane) -> None:
    times = [f"2026-03-01T06:00:0{k}Z" for k in range(4)]
    plane.land("waves/a.parquet", waves(times, [window(0), window(1), None, b"odd"]))
    plane.land("waves/copy.parquet", waves(times, [window(0), window(1), None, b"odd"]))
    plane.land("waves/b.parquet", waves(times[:1], [window(0)]))
    plane.run()

    rows = sorted(plane.rows("bronze.waveforms"), key=lambda row: row["started_at"])
    assert [row["samples"] for row in rows] == [window(0), window(0), window(1)]
    assert {(row["encoding"], row["scale"], row["sample_count"], row["unit"]) for row in rows} == {
        ("int16", 0.001, 4000, "g")
    }
    assert plane.rejected("waveforms") == {"bad_samples": 1}
    assert plane.ledger()["waves/copy.parquet"]["outcome"] == "duplicate_file"
    assay(plane.settings, "quality", as_of=AS_OF)
    (account,) = [row for row in plane.rows("gold.data_quality") if row["feed"] == "waveforms"]
    names = ("records", "accepted", "duplicate", "quarantined", "rejected", "blank")
    assert [account[name] for name in names] == [9, 2, 5, 0, 1, 1]

    before = snapshot(plane.lake)
    assert not any(report.changed for report in plane.run())
    assert snapshot(plane.lake) == before
