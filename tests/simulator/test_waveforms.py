"""Windows of vibration: each is in the truth, and a struck bearing is heard in its features as it fails."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from domain.vibration.bearing import Bearing, orders
from domain.vibration.features import FEATURES, Shaft, features
from simulator.bearings import KNOWN
from simulator.plant import SimulationConfig
from simulator.waveforms import RATE_HZ, SCALE_G
from simulator.wear import BEARING
from simulator.world import World, build_world
from simulator.write import simulate

CONFIG = SimulationConfig(days=20, machines=8, life_scale=0.2, waveform_days=12)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(CONFIG)


def _windows(world: World) -> Iterator[tuple[str, str, float | None, bytes]]:
    for file in world.office_files:
        if file.feed == "waveforms":
            rows = pq.read_table(pa.BufferReader(file.data)).to_pylist()
            for row, line in zip(rows, file.lines, strict=True):
                if line.outcome == "accepted":
                    yield row["machine"], row["started_at"], row["rpm"], row["samples"]


def test_each_window_is_in_the_truth(tmp_path: Path) -> None:
    truth = simulate(CONFIG, tmp_path / "landing", tmp_path / "truth")

    files = sorted((tmp_path / "landing" / "waveforms").iterdir())
    counted = truth.feeds["waveforms"]
    assert len(files) == CONFIG.waveform_days
    assert sum(pq.read_metadata(path).num_rows for path in files) == counted.records == counted.accounted
    assert (counted.duplicate, counted.quarantined, counted.rejected) == (1, {"clock_suspect": 1}, {"bad_samples": 1})


def test_without_waveform_days_there_are_none(tmp_path: Path) -> None:
    truth = simulate(SimulationConfig(days=3, machines=3), tmp_path / "landing", tmp_path / "truth")

    assert "waveforms" not in truth.feeds
    assert not (tmp_path / "landing" / "waveforms").exists()


def test_the_outer_ring_is_heard_where_the_bearing_is_damaged_and_nowhere_else(world: World) -> None:
    machines = {machine.machine_id: machine for machine in world.machines}
    damaged, sound = list[float](), list[float]()
    for name, at, rpm, content in _windows(world):
        machine = machines[name]
        slot = int((np.datetime64(at[:-1], "s").astype(int) - CONFIG.start_us // 1_000_000) // CONFIG.cadence_s)
        damage = float(world.lives[machine.index].damage[BEARING, slot])
        found = damaged if damage > 0.4 else sound
        if machine.model.name in KNOWN and rpm and (damage > 0.4 or (damage < 0.02 and len(sound) < 5)):
            found.append(_outer_ring(machine.model.name, rpm, content))

    assert min(damaged) > 5
    assert max(sound) < 5


def _outer_ring(model: str, rpm: float, content: bytes) -> float:
    size = KNOWN[model]
    shaft = Shaft(rpm, orders(Bearing(size.elements, size.element_mm, size.pitch_mm)))
    samples = (np.frombuffer(content, "<i2") * SCALE_G * 9.80665).tolist()
    line = features(samples, float(RATE_HZ), shaft).values[FEATURES.index("envelope_bpfo")]
    assert line is not None
    return line
