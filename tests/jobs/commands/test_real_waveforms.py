"""Real waveforms come in by mapping alone: faults of bearings are told apart, and a bearing's end is seen before it."""

import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.io

from tests.support.plane import Plane
from tests.support.real_data import real_data
from tests.support.small_plant import write_small_plant
from tests.support.waves import bearings_of

AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
PROFILE = "[vibration]\n"
MACHINES = bearings_of("rig", 'bearing_contact_deg = "angle"')
RIG = """
feed = "waveforms"
files = ["rig/*.parquet"]
format = "parquet"
path = "{machine_id}_{date:%Y%m%d}.parquet"
[time]
column = "date"
kind = "local"
zone = "UTC"
[columns]
speed_rpm = "rpm"
[constants]
factory_id = "rig"
unit = "g"
[samples]
layout = "sample_a_row"
sensors = { DE_time = "drive_end" }
rate_hz = 12000
window = 12000
"""
PRONOSTIA = """
feed = "waveforms"
files = ["femto/acc_*.csv"]
format = "csv"
[csv]
names = ["hour", "minute", "second", "us", "h", "v"]
[time]
columns = ["date", "hour", "minute", "second"]
kind = "local"
zone = "UTC"
format = "%Y-%m-%d %-H %-M %-S"
plus = { column = "us", unit = "us" }
[constants]
date = "2026-03-01"
factory_id = "rig"
machine_id = "Bearing3_1"
unit = "g"
[samples]
layout = "sample_a_row"
sensors = { h = "horizontal", v = "vertical" }
rate_hz = 25600
"""
OUTER, INNER, BALL = "envelope_bpfo", "envelope_bpfi", "envelope_2bsf"
LINES = (OUTER, INNER, BALL)


@pytest.fixture
def plane(tmp_path: Path) -> Plane:
    plant = write_small_plant(tmp_path, PROFILE, machines=MACHINES, rig=RIG, femto=PRONOSTIA)
    return Plane(tmp_path, "none", str(plant), AS_OF)


def windows(plane: Plane) -> list[dict[str, Any]]:
    """Rows of `silver.vibration_windows`, by time."""
    return sorted(plane.rows("silver.vibration_windows"), key=lambda row: (row["machine_id"], row["started_at"]))


def test_faults_of_case_western_are_told_apart(plane: Plane) -> None:
    """Two inner rings, an outer ring, two balls. The balls' lines do not show: Smith and Randall 2015 call them so."""
    folder, machines = real_data("cwru_bearing"), []
    for path in sorted(folder.glob("*.mat")):
        loaded, name = scipy.io.loadmat(path), path.stem.partition("_")[0]
        signal = next(value for key, value in loaded.items() if key.endswith("_DE_time")).ravel()
        rpm = next(value for key, value in loaded.items() if key.endswith("RPM")).item()
        sink = io.BytesIO()
        pq.write_table(pa.table({"DE_time": signal, "rpm": np.full(len(signal), float(rpm))}), sink)
        plane.land(f"rig/{name}_20260301.parquet", sink.getvalue())
        machines.append(f'{{"since": "2026-01-01T00:00:00Z", "machine": "{name}", "n": 9, "d": 7.94, "D": 39.04}}\n')
    plane.land("machines/m.jsonl", "".join(machines))
    plane.ingest()
    plane.silver()

    assert plane.rejected("waveforms") == {}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in windows(plane):
        if row["sample_count"] == 12000:
            assert row["not_computed_reason"] is None
            found.setdefault(row["machine_id"], []).append(row)
    assert {name: len(rows) for name, rows in found.items()} == dict.fromkeys(
        ("106", "119", "131at6", "210", "223"), 10
    )
    highest = {name: {max(LINES, key=row.__getitem__) for row in rows} for name, rows in found.items()}
    assert (highest["106"], highest["210"], highest["131at6"]) == ({INNER}, {INNER}, {OUTER})
    assert all(row[INNER] > 1.5 * max(row[OUTER], row[BALL]) for name in ("106", "210") for row in found[name])
    assert all(row[OUTER] > 1.5 * max(row[INNER], row[BALL]) for row in found["131at6"])
    median = {
        name: {line: float(np.median([row[line] for row in rows])) for line in LINES} for name, rows in found.items()
    }
    assert max(max(median[name].values()) for name in ("119", "223")) < 4
    assert max(median["223"], key=median["223"].__getitem__) == BALL


def test_the_end_of_a_bearing_is_seen_before_it(plane: Plane) -> None:
    archive = real_data("femto_bearing") / "Learning_set_Bearing3_1.tar.gz"
    with tarfile.open(archive) as members:
        names = sorted(name for name in members.getnames() if "/acc_" in name)
        for name in names[::5]:
            file = members.extractfile(name)
            assert file is not None
            plane.land(f"femto/{Path(name).name}", file.read())
    plane.land("machines/m.jsonl", '{"since": "2026-01-01T00:00:00Z", "machine": "Bearing3_1", "n": 13, "d": 3.5, '
               '"D": 25.6, "rpm": 1500}\n')  # fmt: skip
    plane.ingest()
    plane.silver()

    assert len(names) == 515
    assert plane.rejected("waveforms") == {}
    rows = [row for row in windows(plane) if row["sensor_id"] == "horizontal"]
    assert [row["sample_count"] for row in rows] == [2560] * 103
    assert {row["not_computed_reason"] for row in rows} == {"unresolved"}
    rms = np.array([row["acceleration_rms_m_s2"] for row in rows])
    usual = float(np.median(rms[:-5]))
    assert rms[-5:].min() > 1.9 * usual  # from 200 seconds before the end on
    assert rms[-3:].min() > 2.5 * usual
    assert rms[10:-5].max() < 1.4 * usual  # and never before, once it has run in
