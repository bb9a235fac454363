"""The names of readings by code, and rows put back into the order in which they came."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Coded, Doubles, Flags, coded
from expectations.tables.machine_keys import machine_keys


@dataclass(frozen=True, slots=True)
class Names:
    """For each reading its machine (by key), metric and sensor."""

    machine: Coded
    metric: Coded
    sensor: Coded

    @classmethod
    def of(cls, readings: pa.Table) -> "Names":
        """The names of readings, texts plain or by code."""
        return cls(machine_keys(readings), coded(readings, "metric"), coded(readings, "sensor_id"))

    def of_some(self, chosen: Flags) -> "Names":
        """The names of some of the readings."""
        return Names(*(Coded(one.codes[chosen], one.texts) for one in (self.machine, self.metric, self.sensor)))


def unsorted(values: NDArray[Any], order: NDArray[np.int64]) -> NDArray[Any]:
    """Values of rows in an order, as the rows came."""
    found = np.empty_like(values)
    found[order] = values
    return found


def known(values: Doubles) -> pa.Array:
    """A column of doubles, null where NaN."""
    return pa.array(values, mask=np.isnan(values))
