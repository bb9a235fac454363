"""What is known of shafts and bearings at a time: from the window itself, from readings, from master data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.vibration.bearing import Bearing, orders
from domain.vibration.plan import HUGE
from expectations.plant.vibration import GEOMETRY, SPEED, VibrationRules
from expectations.tables.arrow_columns import doubles, micros, plain_texts
from expectations.tables.machine_keys import Moves, machine_keys, moves_of

SPEED_READS = ("machine_id", "factory_id", "metric", "measured_at", "sensor_id", "value")
Doubles = NDArray[np.float64]
Micros = NDArray[np.int64]
_UNKNOWN = (math.nan,) * 4


@dataclass(frozen=True, slots=True)
class ShaftData:
    """The sources.

    Attributes:
        machines: `silver.machines`.
        speeds: The columns `SPEED_READS` of `silver.readings`; None where no metric is a shaft's speed.
        rules: Of the profile.
        rpm_factor: What a reading of the speed metric is multiplied by to be turns a minute.
    """

    machines: pa.Table
    speeds: pa.Table | None
    rules: VibrationRules
    rpm_factor: float = 1.0

    def of(self, windows: pa.Table) -> tuple[Doubles, list[str | None], Doubles]:
        """For each window its speed (NaN: not known), where that is from, and the orders of its bearing (NaN alike).

        Args:
            windows: Have `machine_id`, `factory_id`, `started_at` and `speed_rpm`.
        """
        at_us, keys = micros(windows, "started_at"), _keys(windows, moves_of(self.machines))
        master, orders_of = self._master(keys, at_us)
        sources = (
            ("waveform", doubles(windows, "speed_rpm")),
            ("readings", self._read(keys, at_us)),
            ("master_data", master),
        )
        speed, source = np.full(len(at_us), math.nan), np.full(len(at_us), None, np.object_)
        for name, values in sources:
            is_taken = np.isnan(speed) & (values >= 0.0) & (values < HUGE)
            speed[is_taken], source[is_taken] = values[is_taken], name
        return speed, source.tolist(), orders_of

    def _read(self, keys: Sequence[str], at_us: Micros) -> Doubles:
        """The machine's last reading of the speed metric at or before each window, where it is not too old.

        Of several sensors at one time the last by name counts.
        """
        found = np.full(len(keys), math.nan)
        if self.speeds is None or not len(keys):
            return found
        rows = plain_texts(self.speeds)
        rows = rows.filter(pc.equal(rows.column("metric"), self.rules.speed_metric))
        rows = rows.sort_by([("measured_at", "ascending"), ("sensor_id", "ascending")])
        values, times = doubles(rows, "value"), micros(rows, "measured_at")
        machines = np.array(_keys(rows, moves_of(self.machines)), np.object_)
        wanted = np.array(keys, np.object_)
        for key in set(keys):
            of_machine, windows = np.flatnonzero(machines == key), np.flatnonzero(wanted == key)
            last = np.searchsorted(times[of_machine], at_us[windows], side="right") - 1
            if not len(of_machine):
                continue
            row = of_machine[np.maximum(last, 0)]
            is_fresh = (last >= 0) & (at_us[windows] - times[row] <= self.rules.speed_valid_s * 1_000_000)
            found[windows] = np.where(is_fresh, values[row] * self.rpm_factor, math.nan)
        return found

    def _master(self, keys: Sequence[str], at_us: Micros) -> tuple[Doubles, Doubles]:
        """The speed and the orders that master data say of each window's machine, as they were at its time."""
        speeds, lines = np.full(len(keys), math.nan), np.full((len(keys), 4), math.nan)
        history = self._history()
        known: dict[tuple[Any, ...], tuple[float, ...]] = {}
        for place, (key, at) in enumerate(zip(keys, at_us.tolist(), strict=True)):
            row = next((row for row in history.get(key, ()) if row["from"] <= at < row["to"]), None)
            if row is not None:
                geometry = tuple(row[name] for name in GEOMETRY)
                if geometry not in known:
                    known[geometry] = _orders(*geometry)
                speeds[place], lines[place] = row[SPEED], known[geometry]
        return speeds, lines

    def _history(self) -> dict[str, list[dict[str, Any]]]:
        """Key of each machine -> what held when, numbers NaN where master data do not say them."""
        rows = plain_texts(self.machines)
        ends = rows.column("valid_to").cast(pa.int64()).fill_null(2**62).to_pylist()
        numbers = {name: _numbers(rows, name) for name in (*GEOMETRY, SPEED)}
        found: dict[str, list[dict[str, Any]]] = {}
        keys, starts = _keys(rows, moves_of(self.machines)), micros(rows, "valid_from").tolist()
        for place, key in enumerate(keys):
            held = {name: values[place] for name, values in numbers.items()}
            found.setdefault(key, []).append(held | {"from": starts[place], "to": ends[place]})
        return found


def _keys(rows: pa.Table, moves: Moves) -> list[str]:
    found = machine_keys(rows, moves)
    return [found.texts[code] for code in found.codes.tolist()]


def _numbers(rows: pa.Table, name: str) -> list[float]:
    """A column of numbers, NaN where there is none; a profile need not declare it."""
    if name not in rows.column_names or rows.column(name).type != pa.float64():
        return [math.nan] * rows.num_rows
    return [math.nan if value is None else float(value) for value in rows.column(name).to_pylist()]


def _orders(elements: float, element_mm: float, pitch_mm: float, contact_deg: float) -> tuple[float, ...]:
    """The orders of outer ring, inner ring, ball and cage; NaN where the geometry is not known or cannot be."""
    if math.isnan(elements) or elements != int(elements):
        return _UNKNOWN
    try:
        found = orders(Bearing(int(elements), element_mm, pitch_mm, 0.0 if math.isnan(contact_deg) else contact_deg))
    except ValueError:
        return _UNKNOWN
    return found.outer, found.inner, found.ball, found.cage
