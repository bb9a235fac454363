"""Work and weather by the factory's own clock: local time, load by shift, ambient temperature."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.plant import US

HOUR_US = 3600 * US
# Load of a working day by shift and on weekends, fraction of full load.
MORNING, AFTERNOON, NIGHT, WEEKEND = 0.92, 0.84, 0.62, 0.50
# Yearly mean, yearly swing and daily swing of the ambient temperature, C, indoors.
CLIMATE = {"bremen": (21.0, 5.0, 2.0), "penang": (29.0, 1.0, 3.0)}


def utc_offsets_s(times_us: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """UTC offset of a zone at each time, seconds. Zones change on full UTC hours, so one look per hour is exact."""
    hours, place = np.unique(times_us // HOUR_US, return_inverse=True)
    info = ZoneInfo(zone)
    found = [datetime.fromtimestamp(int(hour) * 3600, UTC).astimezone(info).utcoffset() for hour in hours]
    offsets = np.array([int(offset.total_seconds()) if offset else 0 for offset in found], dtype=np.int64)
    return offsets[place]


def local_us(times_us: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """The local clock at each time, as microseconds since 1970 of that clock."""
    return times_us + utc_offsets_s(times_us, zone) * US


def shift_load(local: NDArray[np.int64]) -> NDArray[np.float64]:
    """Planned load at each local time, as a fraction of full load: three shifts of eight hours, less on weekends."""
    hour = local // HOUR_US % 24
    weekday = (local // (24 * HOUR_US) + 3) % 7  # 1970-01-01 was a Thursday
    load = np.where((hour >= 6) & (hour < 14), MORNING, np.where((hour >= 14) & (hour < 22), AFTERNOON, NIGHT))
    return np.where(weekday >= 5, WEEKEND, load)


def wander(rng: np.random.Generator, slots: int, pull: float, size: float) -> NDArray[np.float64]:
    """A slow random wander around 0 (first-order autoregression): each slot keeps ``1 - pull`` of the one before."""
    noise = rng.normal(0.0, size * np.sqrt(pull * (2 - pull)), slots)
    values, state = np.empty(slots), 0.0
    for slot, step in enumerate(noise.tolist()):
        state = state * (1 - pull) + step
        values[slot] = state
    return values


def machine_load(local: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Load of one machine at each time, fraction of full load in 0.1 to 1: the shift's, with its own wander."""
    return np.clip(shift_load(local) + wander(rng, len(local), 0.05, 0.06), 0.1, 1.0)


def ambient_c(local: NDArray[np.int64], factory_id: str) -> NDArray[np.float64]:
    """Ambient temperature of a factory at each local time, C: warmest in July and at 15 o'clock."""
    mean, yearly, daily = CLIMATE[factory_id]
    year = (local / (24 * HOUR_US) - 196) / 365.25
    day = local / (24 * HOUR_US) - 15 / 24
    return mean + yearly * np.cos(2 * np.pi * year) + daily * np.cos(2 * np.pi * day)
