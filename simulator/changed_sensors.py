"""New sensors that no record announces: from a day on all machines have sensors of another kind, at other places.

They pick up half of the vibration, and more of the rise of temperature, of healthy machines and of failing ones. Who
knows the old sensors alone takes a failing machine for a healthy one, and a warm one for one that fails.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from simulator.clogging import clogs
from simulator.plant import SimulationConfig, build_plant

FACTORS = {"temperature_rise": 1.2, "vibration": 0.5}
"""What each is multiplied by. Starting values: a magnet's mount for a thread, a place nearer to the winding."""


@dataclass(frozen=True, slots=True)
class SensorChangeTruth:
    """When the sensors changed, by which factors on the true signals, and which machines clog since, by id."""

    from_at: str
    factors: dict[str, float]
    clogging: tuple[str, ...] = ()


def factor(name: str, config: SimulationConfig) -> NDArray[np.float64]:
    """What one of `FACTORS` is multiplied by in each slot, float64 (slots,); 1 before the change."""
    changed = config.slots - config.changed_days * config.slots_per_day
    return np.where(np.arange(config.slots) >= changed, FACTORS[name], 1.0)


def change_of(config: SimulationConfig) -> SensorChangeTruth | None:
    """The truth; None where they do not change."""
    if not config.changed_days:
        return None
    began = config.ends_at - timedelta(days=config.changed_days)
    clogging = tuple(one.machine_id for one in build_plant(config) if clogs(one.index, config))
    return SensorChangeTruth(began.strftime("%Y-%m-%dT%H:%M:%SZ"), FACTORS, clogging)
