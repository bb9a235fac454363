"""What the machines really do: five signals per machine from load, ambient temperature and damage. No randomness."""

import numpy as np
from numpy.typing import NDArray

from simulator import clogging
from simulator.changed_sensors import factor
from simulator.clogging import choked
from simulator.plant import CURRENT, METRICS, PRESSURE, SPEED, TEMPERATURE, VIBRATION, Machine, SimulationConfig
from simulator.wear import BEARING, COOLING, SEAL, Life

Float64 = NDArray[np.float64]

THERMAL_S = 2400.0
"""Time constant of the housing's temperature, seconds: a body of some 100 kg with forced cooling."""
HEADER_FRACTION = 0.7
"""Pressure behind a stopped machine: its check valve holds the plant's header, fraction of nominal."""


def signals(machine: Machine, life: Life, ambient: Float64, config: SimulationConfig) -> Float64:
    """The true signals of one machine, canonical units, float64 of shape (5, slots) in the order of `METRICS`."""
    model, load = machine.model, life.load
    bearing, cooling, seal = life.damage[BEARING], life.damage[COOLING], life.damage[SEAL]
    clog = choked(machine.index, seal, config)
    seal = seal - clog
    running = load > 0
    made = np.empty((len(METRICS), len(load)))
    made[SPEED] = _speed(machine, load)
    turning = made[SPEED] / model.speed_rpm
    rise = model.temperature_rise * factor("temperature_rise", config)
    heat = rise * load**0.8 * (1 + 1.0 * cooling) + 7.0 * bearing * running
    made[TEMPERATURE] = _lagged(ambient + heat, config.cadence_s)
    made[VIBRATION] = np.where(running, model.vibration * (0.5 + 0.5 * turning) * (1 + 2.6 * bearing), 0.08)
    behind = (0.8 + 0.2 * load) * (1 - 0.32 * seal + clogging.PRESSURE * clog)
    made[PRESSURE] = model.pressure * np.where(running, behind, HEADER_FRACTION)
    drawn = 1 + 0.25 * seal + 0.06 * bearing - clogging.CURRENT * clog
    made[CURRENT] = model.current * running * (0.35 + 0.65 * load) * drawn
    made[VIBRATION] *= np.where(running, factor("vibration", config), 1.0)
    return made


def _speed(machine: Machine, load: Float64) -> Float64:
    """Shaft speed, rpm: driven by the load where the drive is variable, else a motor's slip of 2 % at full load."""
    fraction = 0.6 + 0.4 * load if machine.model.is_variable_speed else 1.0 - 0.02 * load
    return machine.model.speed_rpm * fraction * (load > 0)


def _lagged(target: Float64, cadence_s: int) -> Float64:
    """A first-order lag of `THERMAL_S` behind the target."""
    step = 1.0 - np.exp(-cadence_s / THERMAL_S)
    values, state = np.empty(len(target)), float(target[0])
    for slot, value in enumerate(target.tolist()):
        state += step * (value - state)
        values[slot] = state
    return values
