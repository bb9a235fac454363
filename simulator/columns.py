"""The values that a gateway sends for its rows, faults of content put in, ready for any file format."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expectations.plant.plant_profile import Profile
from expectations.units import conversion
from simulator.plant import METRICS, US, Machine
from simulator.rows import RUN, Rows

Objects = NDArray[np.object_]

OTHER_UNITS = ("F", "in/s", "psi", "Hz", "mA")
# What broken sensors and registers send: 16-bit overflow, minus on a magnitude.
_BROKEN = (6553.5, -12.5, -3276.8, 65535.0, 3276.7)
# The same in `OTHER_UNITS`. 3276.7 mA is a legal current; a register that counts uA has 32 bits.
_BROKEN_OTHER = (6553.5, -12.5, -3276.8, 65535.0, 2_147_483.647)
_MISMATCHED_UNIT = ("bar", "C", "rpm", "A", "C")
_NEW_METRIC, _NEW_UNIT = "humidity", "%"
_NO_SUCH_UNIT = "degR"
_DIGITS = 8
_BOOTED_US = 40 * US
_AHEAD_US = 4_070_908_800 * US  # 2099-01-01


@dataclass(frozen=True, slots=True)
class Columns:
    """What is sent, column by column; `value` is float64 with NaN where there is none."""

    time_us: NDArray[np.int64]
    sensor: Objects
    machine: Objects
    metric: Objects
    value: NDArray[np.float64]
    unit: Objects
    sequence: NDArray[np.int64]


def sent_columns(rows: Rows, machines: tuple[Machine, ...], profile: Profile, names: tuple[str, ...]) -> Columns:
    """What a gateway sends for its rows; `names` are its own names of `METRICS`."""
    sensors = np.array([[m.sensor_id(i) for i in range(len(METRICS))] for m in machines], dtype=object)
    ids = np.array([m.machine_id for m in machines], dtype=object)
    units = np.array([profile.metric(name).unit for name in METRICS], dtype=object)
    unit = np.where(rows.other_unit, np.array(OTHER_UNITS, dtype=object)[rows.metric], units[rows.metric])
    unit[rows.has_outcome("unknown_unit")] = _NO_SUCH_UNIT
    mismatch = rows.has_outcome("unit_mismatch")
    unit[mismatch] = np.array(_MISMATCHED_UNIT, dtype=object)[rows.metric[mismatch]]
    metric = np.array(names, dtype=object)[rows.metric]
    new = rows.has_outcome("unknown_metric")
    metric[new], unit[new] = _NEW_METRIC, _NEW_UNIT
    return Columns(
        _times(rows),
        sensors[rows.machine, rows.metric],
        ids[rows.machine],
        metric,
        _values(rows, profile),
        unit,
        rows.sequence % RUN,
    )


def _times(rows: Rows) -> NDArray[np.int64]:
    """The time sent: a clock that is not set counts from 1970, one that is set wrongly is in 2099."""
    suspect = rows.has_outcome("clock_suspect")
    seconds = rows.time_us % (86_400 * US)
    wrong = np.where(rows.sequence % 2 == 0, _BOOTED_US + seconds, _AHEAD_US + seconds)
    return np.where(suspect, wrong, rows.time_us)


def _values(rows: Rows, profile: Profile) -> NDArray[np.float64]:
    values = np.empty(len(rows))
    for index, name in enumerate(METRICS):
        metric, here = profile.metric(name), rows.metric == index
        canonical = rows.steps[here] * metric.resolution
        factor, offset = conversion(metric.unit, OTHER_UNITS[index])
        values[here] = np.round(np.where(rows.other_unit[here], canonical * factor + offset, canonical), _DIGITS)
    broken = rows.has_outcome("value_out_of_range")
    values[broken] = np.array((_BROKEN, _BROKEN_OTHER))[rows.other_unit[broken].astype(int), rows.metric[broken]]
    values[rows.has_outcome("blank") | rows.has_outcome("not_finite")] = np.nan
    return values
