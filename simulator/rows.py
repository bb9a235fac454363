"""The records of one gateway as columns, each with the outcome that a correct platform gives it."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from simulator.plant import Machine, SimulationConfig
from simulator.sensors import Measured

FAIR, BLANK = "fair", "blank"
QUARANTINED = ("unknown_metric", "unknown_unit", "unit_mismatch", "value_out_of_range", "clock_suspect")
CONFLICT = "conflicting_value"
REJECTED = (
    "not_json",
    "wrong_type",
    "not_finite",
    "not_utf8",
    "several_objects",
    "duplicate_key",
    "not_an_object",
    "missing_field",
    "time_unreadable",
    "time_without_zone",
)
TRUNCATED = "truncated"
RUN = 1_000_000_000
"""A record's `sequence` is its number, and RUN for each time that the gateway had begun to count again."""
OUTCOMES = (FAIR, BLANK, *QUARANTINED, *REJECTED)
OUTCOME_CODE = {name: code for code, name in enumerate(OUTCOMES)}


@dataclass(frozen=True, slots=True)
class Rows:
    """Records of one gateway; every field is an array of the same length.

    Attributes:
        machine: Index of the machine.
        metric: Index in `METRICS`.
        time_us: When the sensor measured, microseconds since epoch.
        steps: The reading as a multiple of the metric's resolution.
        other_unit: Whether it is sent in the metric's other unit (F, in/s, psi, Hz, mA).
        outcome: Index in `OUTCOMES`.
        file_day: Day of the run whose file carries it.
        sequence: The gateway's number of the record and, in multiples of `RUN`, its counter's run; a re-sent record
            keeps its own.
    """

    machine: NDArray[np.int64]
    metric: NDArray[np.int64]
    time_us: NDArray[np.int64]
    steps: NDArray[np.int64]
    other_unit: NDArray[np.bool_]
    outcome: NDArray[np.int64]
    file_day: NDArray[np.int64]
    sequence: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.machine)

    def take(self, places: NDArray[np.int64]) -> "Rows":
        """The rows at those places, in that order."""
        return Rows(*(getattr(self, field.name)[places] for field in fields(self)))

    def has_outcome(self, name: str) -> NDArray[np.bool_]:
        """Which rows have that outcome."""
        return np.equal(self.outcome, OUTCOME_CODE[name])

    def keys(self) -> NDArray[np.int64]:
        """One number per reading key (sensor, metric, time)."""
        sensor = self.machine * 5 + self.metric
        return self.time_us * 512 + sensor


def concat(parts: list[Rows]) -> Rows:
    """All rows of the parts, one after the other."""
    return Rows(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Rows)))


def fair_rows(machines: list[Machine], measured: list[Measured], config: SimulationConfig) -> Rows:
    """The records of one gateway as its sensors gave them, in the order of time, numbered, all fair."""
    slot_us = config.slot_times_us()
    parts = []
    for machine, signals in zip(machines, measured, strict=True):
        metric, slot = np.nonzero(signals.present)
        # Sensors are polled one after the other: each has its own second.
        second = (machine.index * 7 + metric) % 60
        parts.append(
            _plain(machine.index, metric, slot_us[slot] + second * 1_000_000, signals.steps[metric, slot], config)
        )
    rows = concat(parts)
    rows = rows.take(np.lexsort((rows.metric, rows.machine, rows.time_us)))
    return replace(rows, sequence=np.arange(1, len(rows) + 1, dtype=np.int64))


def _plain(
    machine: int,
    metric: NDArray[np.int64],
    time_us: NDArray[np.int64],
    steps: NDArray[np.int64],
    config: SimulationConfig,
) -> Rows:
    zeros = np.zeros(len(metric), dtype=np.int64)
    day = (time_us - config.start_us) // 86_400_000_000
    return Rows(zeros + machine, metric, time_us, steps, zeros > 0, zeros, day, zeros)
