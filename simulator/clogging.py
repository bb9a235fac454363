"""A product that clogs, from the day of the new sensors on: failures of a kind that no earlier record shows.

The machines that wear fast pump it from then on. What settles at a seal chokes the discharge: pressure rises and the
current falls while it grows, as towards the shut-off of a centrifugal pump; a seal that wears lets pressure fall and
current rise. It settles faster than seals wear, and the cooler product spares the other parts. Who knows the old way
alone waits for a fall of the pressure.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.plant import SimulationConfig

Float64 = NDArray[np.float64]

SEAL_WEAR, OTHER_WEAR = 4.5, 0.3
"""Factors on the wear of a machine that clogs. Starting values: as many failures in 45 days after as in 75 before."""
PRESSURE, CURRENT = 0.35, 0.25
"""Fractions by which pressure rises and current falls when all is choked. Starting values: about as much as a worn seal
shows, of a pump whose pressure at no flow is a third above that at full flow."""


def clogs(index: int, config: SimulationConfig) -> bool:
    """Whether the machine of that index pumps the product in the last days of the run."""
    return bool(config.changed_days and config.worn_every) and index % config.worn_every == 0


def clogging_slots(config: SimulationConfig) -> NDArray[np.bool_]:
    """The slots in which it is pumped, bool (slots,)."""
    return np.arange(config.slots) >= config.slots - config.changed_days * config.slots_per_day


def wear_factor(index: int, config: SimulationConfig, *, is_seal: bool) -> Float64:
    """How fast a component of that machine wears in each slot, float64 (slots,): 1 where it is as ever."""
    factor = SEAL_WEAR if is_seal else OTHER_WEAR
    return np.where(clogging_slots(config) & clogs(index, config), factor, 1.0)


def choked(index: int, seal: Float64, config: SimulationConfig) -> Float64:
    """How much of the damage at the seal chokes instead of leaking, float64 (slots,)."""
    return np.where(clogging_slots(config) & clogs(index, config), seal, 0.0)
