"""Daily figures of sensors as numbers by sensor and date."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.plant.plant_profile import Metric
from expectations.tables.arrow_columns import plain_texts
from silver.robust import Doubles

READS = (
    "sensor_id", "machine_id", "factory_id", "metric", "measured_date", "reading_count", "sum_steps", "minimum_steps",
    "longest_equal", "sum_squared_changes",
)  # fmt: skip
NAMES = ("factory_id", "machine_id", "metric", "sensor_id")
Name = tuple[str, str, str, str]
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Panel:
    """Each array has a row for each sensor and a column for each date; NaN where a sensor has no reading.

    Attributes:
        names: Factory, machine, metric, sensor of each row, ascending.
        count: Readings, 0 without any.
        mean: Daily mean, canonical unit.
        least: Least reading above the end of the metric's range, canonical unit; NaN where it has none.
        longest: Most equal readings in a row.
        noise: Deviation of neighbours by root 2, canonical unit.
    """

    names: tuple[Name, ...]
    count: Doubles
    mean: Doubles
    least: Doubles
    longest: Doubles
    noise: Doubles

    def codes(self, parts: int) -> NDArray[np.int64]:
        """A number for each row: equal where the first parts of its name are, as (factory, machine)."""
        places = {name: place for place, name in enumerate(sorted({name[:parts] for name in self.names}))}
        return np.array([places[name[:parts]] for name in self.names], np.int64)


@dataclass(frozen=True, slots=True)
class Days:
    """The rows of `silver.sensor_days` of metrics that the profile has, as columns of numbers."""

    names: tuple[Name, ...]
    row: NDArray[np.int64]
    day: NDArray[np.int64]
    figures: Doubles

    @classmethod
    def of(cls, days: pa.Table, metrics: dict[str, Metric]) -> "Days":
        """Of the columns `READS`."""
        rows = plain_texts(days)
        rows = rows.filter(pc.is_in(rows.column("metric"), pa.array(list(metrics), pa.string())))
        keys = list(zip(*(rows.column(name).to_pylist() for name in NAMES), strict=True))
        names = tuple(sorted(set(keys)))
        place = {name: at for at, name in enumerate(names)}
        day = rows.column("measured_date").cast(pa.int32()).to_numpy().astype(np.int64)
        steps = np.array([metrics[key[2]].resolution for key in keys])
        lowest = np.array([_or_nan(metrics[key[2]].limits.minimum) for key in keys])
        count, total, least, longest, changes = (_doubles(rows, name) for name in READS[5:])
        noise = np.sqrt(changes / (2 * np.maximum(count - 1, 1))) * steps
        figures = np.stack([count, total / count * steps, least * steps - lowest, longest, noise])
        return cls(names, np.array([place[key] for key in keys], np.int64), day, figures)

    def panel(self, last: date, days: int) -> Panel:
        """The sensors that have readings in the dates up to `last`."""
        end = (last - _EPOCH).days
        within = (self.day <= end) & (self.day > end - days)
        rows, place = np.unique(self.row[within], return_inverse=True)
        found = np.full((len(self.figures), len(rows), days), np.nan)
        found[:, place, self.day[within] - (end - days + 1)] = self.figures[:, within]
        count, *others = found
        return Panel(tuple(self.names[row] for row in rows.tolist()), np.nan_to_num(count), *others)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _doubles(rows: pa.Table, name: str) -> Doubles:
    found: Doubles = rows.column(name).cast(pa.float64()).to_numpy()
    return found
