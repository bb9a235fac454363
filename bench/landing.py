"""Seeded JSON Lines of the bench plant, with repeats, conflicts, faults and lines that cannot be read among them.

Every line is a function of its number alone, so that a repeat of an earlier line is its exact text whatever file it
falls into, and the same size and seed give the same bytes.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

START_US = 1_772_323_200_000_000  # 2026-03-01T00:00:00Z, a Sunday
DAYS = 7
_MINUTES = DAYS * 1440
_FACTORIES = ("berlin", "osaka", "lyon", "austin")
# Name, unit, other unit with its factor and offset from the first, centre, spread.
_METRICS = (
    ("temperature", "C", "F", 1.8, 32.0, 72.0, 14.0),
    ("vibration", "mm/s", "in/s", 1 / 25.4, 0.0, 30.0, 14.0),
    ("pressure", "bar", "psi", 14.503773773, 0.0, 80.0, 40.0),
    ("speed", "rpm", "Hz", 1 / 60, 0.0, 2950.0, 120.0),
)
# Shares of lines.
_REPEATED, _CONFLICTING, _FAULTY, _REJECTED, _OTHER_UNIT = 0.01, 0.0005, 0.003, 0.0005, 0.05
_GARBAGE = (
    "#### link reset ####",
    '{"timestamp":"2026-03-01T00:00:00Z","sensor_id":"berlin-0001-tempe',
    '{"timestamp":"2026-03-01T00:00:00Z","sensor_id":"s","machine_id":"m","factory_id":"berlin","metric_type":'
    '"temperature","value":"71.2","unit":"C"}',
    '{"timestamp":"2026-03-01 00:00:00","sensor_id":"s","machine_id":"m","factory_id":"berlin","metric_type":'
    '"temperature","value":71.2,"unit":"C"}',
    '{"timestamp":"2026-03-01T00:00:00Z","sensor_id":"s","factory_id":"berlin","metric_type":"temperature","value":71.2'
    ',"unit":"C"}',
    '["2026-03-01T00:00:00Z","s",71.2]',
)

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Landing:
    """What was written: lines, bytes, and how many of the lines no reader can read."""

    folder: Path
    lines: int
    size_bytes: int
    rejected: int


def write_landing(folder: Path, lines: int, *, files: int = 20, seed: int = 7) -> Landing:
    """Write `lines` JSON Lines into `files` files of consecutive time; a plant large enough to need a week for them."""
    folder.mkdir(parents=True, exist_ok=True)
    machines = max(1, -(-lines // (len(_METRICS) * _MINUTES)))
    edges = np.linspace(0, lines, files + 1).astype(np.int64)
    size = rejected = 0
    for number, (first, last) in enumerate(pairwise(edges)):
        texts, bad = _lines(np.arange(first, last), machines, seed)
        data = "\n".join([*texts.to_pylist(), ""]).encode()
        (folder / f"readings-{number:03d}.jsonl").write_bytes(data)
        size, rejected = size + len(data), rejected + bad
    return Landing(folder, lines, size, rejected)


def write_hour(folder: Path, hour: int, machines: int, *, seed: int = 7) -> int:
    """Write one hour of a plant of so many machines as a file of its own: a line a minute, machine and metric.

    Returns:
        The lines.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = machines * len(_METRICS) * 60
    texts, _ = _lines(np.arange(hour * lines, (hour + 1) * lines), machines, seed)
    (folder / f"readings-{hour:05d}.jsonl").write_bytes("\n".join([*texts.to_pylist(), ""]).encode())
    return lines


def write_lines(path: Path, machines: int, hours: int, *, seed: int = 7) -> int:
    """Write the first hours of such a plant as one file, a line a minute, machine and metric; the lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = machines * len(_METRICS) * 60 * hours
    texts, _ = _lines(np.arange(lines), machines, seed)
    path.write_bytes("\n".join([*texts.to_pylist(), ""]).encode())
    return lines


def _lines(number: Numbers, machines: int, seed: int) -> tuple[pa.Array, int]:
    """The lines of these numbers, and how many of them cannot be read."""
    cycle = machines * len(_METRICS)
    drawn = _uniform(number, seed)
    again = drawn < _REPEATED + _CONFLICTING
    back = (1 + _uniform(number, seed + 1) * 3 * cycle).astype(np.int64)
    source = np.where(again, np.maximum(number - back, 0), number)
    is_conflict = again & (drawn >= _REPEATED)
    is_rejected = _uniform(number, seed + 2) < _REJECTED
    garbage = pa.array(_GARBAGE).take(pa.array(number % len(_GARBAGE)))
    texts = _records(source, is_conflict, machines, seed)
    return pc.if_else(pa.array(is_rejected), garbage, texts), int(is_rejected.sum())


def _records(source: Numbers, is_conflict: NDArray[np.bool_], machines: int, seed: int) -> pa.Array:
    """One object for each source number: who, what and when follow from it, the value and its faults from hashes."""
    machine, metric = source // len(_METRICS) % machines, source % len(_METRICS)
    factory = machine % len(_FACTORIES)
    minute = source // (machines * len(_METRICS))
    value, unit = _values(source, metric, seed)
    value = np.where(is_conflict, np.round(value + 1.5, 2), value)
    fault = _uniform(source, seed + 3) / _FAULTY
    value = np.where(fault < 0.4, -50.0 - value, value)
    unit = pc.if_else(pa.array((fault >= 0.4) & (fault < 0.6)), "furlong", unit)
    unit = pc.if_else(pa.array((fault >= 0.6) & (fault < 0.7)), "kW", unit)
    minute = np.where((fault >= 0.7) & (fault < 1.0), minute - 525_600, minute)
    names = pa.array([name for name, *_ in _METRICS]).take(pa.array(metric))
    place = pa.array(_FACTORIES).take(pa.array(factory))
    machine_id = _joined(place, "-", pc.utf8_lpad(pa.array(machine).cast(pa.string()), 4, "0"))
    time = pc.strftime(pa.array(START_US + minute * 60_000_000).cast(pa.timestamp("us")), "%Y-%m-%dT%H:%M:%S")
    return _joined(
        '{"timestamp":"', pc.utf8_slice_codeunits(time, 0, 19), 'Z","sensor_id":"', machine_id, "-", names,
        '","machine_id":"', machine_id, '","factory_id":"', place, '","metric_type":"', names,
        '","value":', pa.array(value).cast(pa.string()), ',"unit":"', unit, '"}',
    )  # fmt: skip


def _values(source: Numbers, metric: Numbers, seed: int) -> tuple[NDArray[np.float64], pa.Array]:
    """A value and a unit for each source number; some in another unit of the same quantity."""
    centre, deviation = (np.array([row[at] for row in _METRICS])[metric] for at in (5, 6))
    noise = sum(_uniform(source, seed + 10 + part) for part in range(3)) - 1.5
    value = np.maximum(np.round(centre + 2.0 * deviation * noise, 2), 0.0)
    factor, offset = (np.array([row[at] for row in _METRICS])[metric] for at in (3, 4))
    is_other = _uniform(source, seed + 4) < _OTHER_UNIT
    units = pc.if_else(
        pa.array(is_other),
        pa.array([row[2] for row in _METRICS]).take(pa.array(metric)),
        pa.array([row[1] for row in _METRICS]).take(pa.array(metric)),
    )
    return np.where(is_other, np.round(value * factor + offset, 4), value), units


def _joined(*parts: object) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _uniform(number: Numbers, stream: int) -> NDArray[np.float64]:
    """Uniform in [0, 1) from number and stream alone. Source: SplitMix64, Steele, Lea and Flood 2014."""
    with np.errstate(over="ignore"):
        mixed = number.astype(np.uint64) + np.uint64(stream) * np.uint64(0xD1342543DE82EF95)
        mixed = (mixed + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
