"""Two machines on one wave, healthy but for incidents in which it runs backwards, or in which one value is off."""

from __future__ import annotations

import numpy as np

from ml.data.dataset import Dataset
from ml.data.failure_events import NO_EVENTS
from ml.data.incidents import Incidents

HOUR_US = 3_600_000_000
ROWS, INCIDENTS, LASTS = 1500, 10, 24


def wave_plant(size: float = 0.0) -> Dataset:
    """Two machines on one wave. In an incident it runs backwards, or one value is off by a size in deviations."""
    rng, hours = np.random.default_rng(4), np.arange(ROWS)
    phase = np.tile(hours / 3.0, (2, 1))
    begins = np.linspace(100, ROWS - 100, INCIDENTS).astype(int)
    for number, begin in enumerate(begins.tolist()):
        part = slice(begin, begin + LASTS)
        phase[number % 2, part] = phase[number % 2, part] if size else phase[number % 2, part][::-1]
    values = np.stack([np.sin(phase), np.cos(phase), np.sin(phase + 1)], axis=2) + rng.normal(0, 0.05, (2, ROWS, 3))
    for number, begin in enumerate(begins.tolist()):
        values[number % 2, begin : begin + LASTS, 0] += size
    from_us = begins.astype(np.int64) * HOUR_US
    incidents = Incidents(
        np.array([f"m{number % 2}" for number in range(INCIDENTS)]), from_us, from_us + (LASTS - 1) * HOUR_US,
        tuple(f"incident {number}" for number in range(INCIDENTS)),
    )  # fmt: skip
    order = np.argsort(np.tile(hours, 2), kind="stable")
    return Dataset(
        machine_ids=np.repeat(["m0", "m1"], ROWS)[order],
        scored_us=np.sort(np.tile(hours.astype(np.int64), 2)) * HOUR_US,
        values=values.reshape(-1, 3)[order],
        label=np.zeros(2 * ROWS, dtype=np.int8),
        failures=NO_EVENTS,
        incidents=incidents,
    )
