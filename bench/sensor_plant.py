"""Days of the sensors of a simulated plant with faults of every kind, wear, load by shift and weekends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from expectations.plant.plant_profile import Profile
from expectations.plant.sensor_health import SensorHealthRules
from expectations.tables.arrow_columns import stamps
from silver import sensor_days
from simulator.load import ambient_c, local_us, machine_load
from simulator.pace import at_pace
from simulator.physics import signals
from simulator.plant import METRICS, Machine, SimulationConfig, build_plant, load_plant_profile
from simulator.sensors import Measured, measure
from simulator.wear import live, service_slots

_ENDS = datetime(2026, 9, 7, tzinfo=UTC)
ALLOWED = {"temperature": 2.0, "vibration": 5.0, "pressure": 50.0, "speed": 500.0, "current": 50.0}
"""How much two sensors of a metric may differ: 2 C as asked for, the others wide, so that drift is found by itself."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A sensor misbehaved from one time to before another, hours after the first date begins."""

    sensor: tuple[str, str]
    kind: str
    from_h: float
    to_h: float


@dataclass(frozen=True, slots=True)
class Plant:
    """The rows of `silver.sensor_days`, the profile that goes with them, what was wrong, and the dates."""

    days: pa.Table
    profile: Profile
    faults: tuple[Fault, ...]
    dates: tuple[date, ...]


def sensor_plant(seed: int, days: int, machines: int, pace: str, *, pairs: bool) -> Plant:
    """A plant; with `pairs` each metric of a machine is measured by two sensors, each with faults of its own."""
    config = SimulationConfig(
        days=days, machines=machines, seed=seed, ends_at=_ENDS, every_sensor_fault=True, second_step_days=0
    )
    config, profile = at_pace(config, pace), load_plant_profile()
    found, faults = [], list[Fault]()
    for machine in build_plant(config):
        for place, measured in enumerate(_measured(machine, profile, config, 2 if pairs else 1)):
            found.append(sensor_days.build(_readings(machine, measured, config, profile, place)))
            faults += [
                Fault((f"{METRICS[f.metric]}-{place}", machine.machine_id), f.kind, *(
                    slot * config.cadence_s / 3600 for slot in (f.start, f.end)
                ))
                for f in measured.faults
            ]  # fmt: skip
    rules = SensorHealthRules(ALLOWED if pairs else {})
    dates = tuple((config.started_at + timedelta(days=day)).date() for day in range(days))
    return Plant(pa.concat_tables(found), replace(profile, sensor_health=rules), tuple(faults), dates)


def _measured(machine: Machine, profile: Profile, config: SimulationConfig, places: int) -> list[Measured]:
    local = local_us(config.slot_times_us(), profile.zone_of(machine.gateway.factory_id))
    load = machine_load(local, config.rng("load", machine.index))
    services = service_slots(local, machine.index, config)
    life = live(machine.index, machine.model, machine.age_years, load, services, config)
    true = signals(machine, life, ambient_c(local, machine.gateway.factory_id), config)
    return [measure(machine, true, profile, config, place) for place in range(places)]


def _readings(machine: Machine, measured: Measured, config: SimulationConfig, profile: Profile, place: int) -> pa.Table:
    """The columns of `silver.readings` that days of sensors are built from."""
    del profile
    metric, slot = np.nonzero(measured.present)
    names = np.array(METRICS, dtype=object)
    return pa.table({
        "sensor_id": pa.array([f"{name}-{place}" for name in names[metric]]),
        "machine_id": pa.array([machine.machine_id] * len(metric)),
        "factory_id": pa.array([machine.gateway.factory_id] * len(metric)),
        "metric": pa.array(names[metric].tolist()),
        "measured_at": stamps(config.slot_times_us()[slot]),
        "steps": pa.array(measured.steps[metric, slot]),
    })  # fmt: skip
