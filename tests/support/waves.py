"""Waveforms of a small plant: the mapping, a profile's part, files of windows."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BEARINGS = """
feed = "machines"
files = ["machines/*"]
format = "jsonl"
[time]
column = "since"
[columns]
machine_id = "machine"
machine_model = "model"
[constants]
factory_id = "%s"
[attributes]
bearing_elements = "n"
bearing_element_mm = "d"
bearing_pitch_mm = "D"
shaft_speed_rpm = "rpm"
"""
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


VIBRATION = """
[metrics.speed]
unit = "rpm"
resolution = 0.1
minimum = 0
maximum = 4000

[vibration]
speed_metric = "speed"
speed_valid = "60s"
"""


def bearings_of(factory: str, *attributes: str) -> str:
    """The mapping of machines with the geometry of their bearings; further attributes as ``name = "column"``."""
    return "\n".join((BEARINGS % factory, *attributes, ""))
