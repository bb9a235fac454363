"""Windows of vibration of Bremen's machines, one a day of each: turning shafts, and bearings that are struck.

A hand-held collector is carried past the machines each noon. At one machine of four nobody holds its tachometer to the
shaft.
"""

import io
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from simulator.bearings import STRIKES_OUTER
from simulator.load import ambient_c, local_us
from simulator.office_files import Line, OfficeFile, microseconds
from simulator.physics import signals
from simulator.plant import SPEED, US, VIBRATION, Machine, SimulationConfig, load_plant_profile
from simulator.wear import BEARING, Life

Float64 = NDArray[np.float64]
RATE_HZ, SAMPLES, SCALE_G = 4000, 4000, 0.001
GATEWAY_ID = "bremen-1"
_AT = timedelta(hours=12, minutes=10)
_G = 9.80665
_NOISE_G, _TWICE, _STRIKE_G, _RING_HZ, _RING_S = 0.04, 0.25, 0.8, 1100.0, 0.0015
"""Starting values: noise of a sound machine; the shaft's second order by its first; a strike at full damage, the
resonance that it excites and how long that rings, as seen on the files of Case Western's rig."""
_SLIP = 0.995
COLUMNS = ("started_at", "machine", "sensor", "rpm", "samples")
Row = tuple[str, str, str, float | None, bytes]


def waveform_files(
    machines: tuple[Machine, ...], lives: tuple[Life, ...], config: SimulationConfig
) -> list[OfficeFile]:
    """A Parquet file for each of the last `waveform_days`, a row for each machine in it."""
    days = range(config.days - min(config.waveform_days, config.days), config.days)
    rows: dict[int, list[tuple[Row, str]]] = {day: [] for day in days}
    for machine, life in zip(machines, lives, strict=True):
        if machine.gateway.gateway_id == GATEWAY_ID and days:
            for day, row in zip(days, _windows(machine, life, days, config), strict=True):
                rows[day].append((row, "accepted"))
    if config.faults and days:
        _add_faults(rows)
    return [_file(day, found, config) for day, found in rows.items()]


def _windows(machine: Machine, life: Life, days: range, config: SimulationConfig) -> list[Row]:
    local = local_us(config.slot_times_us(), load_plant_profile().zone_of(machine.gateway.factory_id))
    true = signals(machine, life, ambient_c(local, machine.gateway.factory_id), config)
    rng, made = config.rng("waveforms", machine.index), []
    for day in days:
        at = config.started_at + timedelta(days=day) + _AT
        slot = (microseconds(at) - config.start_us) // (config.cadence_s * US)
        rpm, velocity = float(true[SPEED, slot]), float(true[VIBRATION, slot])
        samples = _samples(machine, (rpm, velocity, float(life.damage[BEARING, slot])), rng)
        named = machine.machine_id, f"{machine.machine_id}/A", round(rpm, 1) if machine.index % 8 else None
        made.append((_text(at), *named, samples))
    return made


def _samples(machine: Machine, state: tuple[float, float, float], rng: np.random.Generator) -> bytes:
    """One window as int16 in thousandths of g; `state`: turns a minute, velocity in mm/s RMS, damage of the bearing."""
    rpm, velocity, damage = state
    seconds, shaft_hz = np.arange(SAMPLES) / RATE_HZ, rpm / 60
    found = _NOISE_G * rng.standard_normal(SAMPLES)
    if rpm > 0:
        turning = 2 * np.pi * shaft_hz * seconds + rng.uniform(0, 2 * np.pi)
        first = velocity * 1e-3 * np.sqrt(2) * 2 * np.pi * shaft_hz / _G
        found += first * (np.sin(turning) + 2 * _TWICE * np.sin(2 * turning))
        found += damage * _STRIKE_G * _strikes(seconds, shaft_hz * STRIKES_OUTER[machine.model.name] * _SLIP)
    return np.rint(found / SCALE_G).astype("<i2").tobytes()


def _strikes(seconds: Float64, per_s: float) -> Float64:
    """A defect on the outer ring: each rolling element strikes it, and the housing rings."""
    since = seconds % (1 / per_s)
    ringing: Float64 = np.exp(-since / _RING_S) * np.sin(2 * np.pi * _RING_HZ * since)
    return ringing


def _add_faults(rows: dict[int, list[tuple[Row, str]]]) -> None:
    """A clock that was not set and half a sample in the first file; the last one repeats a window."""
    first, last = rows[min(rows)], rows[max(rows)]
    at, machine, sensor, rpm, samples = first[0][0]
    last.append((first[0][0], "duplicate"))
    first.append((("1970-01-01T00:00:04Z", machine, sensor, rpm, samples), "clock_suspect"))
    first.append(((f"{at[:-3]}30Z", machine, sensor, rpm, samples[:-1]), "bad_samples"))


def _file(day: int, rows: list[tuple[Row, str]], config: SimulationConfig) -> OfficeFile:
    date = config.started_at + timedelta(days=day)
    columns = dict(zip(COLUMNS, zip(*(row for row, _ in rows), strict=True), strict=True)) if rows else {}
    types = (pa.string(), pa.string(), pa.string(), pa.float64(), pa.binary())
    table = pa.table({
        name: pa.array(columns.get(name, ()), type_) for name, type_ in zip(COLUMNS, types, strict=True)
    })  # fmt: skip
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink, compression="zstd")
    lines = tuple(Line("", outcome) for _, outcome in rows)
    closed = microseconds(date + timedelta(days=1, minutes=10))
    return OfficeFile(
        f"waveforms/{date:%Y-%m-%d}.parquet", "waveforms", config.step_of(day), closed, lines, sink.getvalue()
    )


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
