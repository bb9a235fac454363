"""What the simulated plant is like at its default pace: failures in a machine-year, warning, records; three seeds.

`python -m bench.plant` lives the lives of 99 machines over 149 days for each seed, without readings, and prints figures
with their denominators. Aim: one to three failures in a machine-year, weeks of warning in some, records late or wrong
now and then, repairs that prevent failures; 90 failures over all seeds at least.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.measure import SMALL, machine_line
from simulator.events import failure_events
from simulator.load import local_us, machine_load
from simulator.pace import PACES, at_pace
from simulator.plant import SimulationConfig, build_plant, load_plant_profile
from simulator.recording import recorded_us
from simulator.wear import COMPONENTS, Life, live, service_slots

SEEDS = (20_260_331, 1, 2)
DECLARED_US = 2 * 86_400 * 1_000_000
"""The delay of failure records that the profile declares."""
SHOWN_DAMAGE = 0.1
"""Damage from which a signal is out of the ordinary: a tenth of that at failure."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One plant.

    Attributes:
        machine_years: Simulated time.
        failures: All of them.
        visible: Those that a signal shows.
        warning_days: Days from the damage that shows to the failure, of the visible ones.
        prevented: Failures that a repair prevented.
        late: Failure records later than declared.
        wrong: Failure records of another component.
    """

    machine_years: float
    failures: int
    visible: int
    warning_days: tuple[float, ...]
    prevented: int
    late: int
    wrong: int


def measure(config: SimulationConfig) -> Figures:
    """Live the lives of a plant."""
    profile, machines = load_plant_profile(), build_plant(config)
    slots, lives, events = config.slot_times_us(), list[Life](), []
    for machine in machines:
        local = local_us(slots, profile.zone_of(machine.gateway.factory_id))
        load = machine_load(local, config.rng("load", machine.index))
        services = service_slots(local, machine.index, config)
        lives.append(live(machine.index, machine.model, machine.age_years, load, services, config))
        events.append(failure_events(lives[-1], machine, config))
    failures = [failure for life in lives for failure in life.failures]
    records = [event for own in events for event in own]
    written = recorded_us("failures", records, config)
    return Figures(
        machine_years=config.machines * config.days / 365.25,
        failures=len(failures),
        visible=sum(failure.is_visible for failure in failures),
        warning_days=tuple(days for life in lives for days in warning_days(life, config)),
        prevented=sum(len(life.preventions) for life in lives),
        late=sum(at - event.time_us > DECLARED_US for at, event in zip(written, records, strict=True)),
        wrong=sum(event.code != COMPONENTS[one.component] for event, one in zip(records, failures, strict=True)),
    )


def warning_days(life: Life, config: SimulationConfig) -> list[float]:
    """Days before each visible failure since which its component's damage was never below `SHOWN_DAMAGE`."""
    found = []
    for failure in life.failures:
        if failure.is_visible:
            below = np.flatnonzero(life.damage[failure.component, : failure.slot] < SHOWN_DAMAGE)
            since = int(below[-1]) + 1 if len(below) else 0
            found.append((failure.slot - since) / config.slots_per_day)
    return found


def line_of(figures: Figures) -> str:
    """The figures in one line."""
    years, days = figures.machine_years, np.array(figures.warning_days or (0.0,))
    return (
        f"{figures.failures} failures in {years:.1f} machine-years: {figures.failures / years:.1f} each; "
        f"{figures.visible}/{figures.failures} visible, warning {np.median(days):.0f} days in the median, two weeks or "
        f"more in {int((days >= 14).sum())}/{len(figures.warning_days)}; {figures.prevented} prevented; records: "
        f"{figures.late}/{figures.failures} late, {figures.wrong}/{figures.failures} wrong"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print a line for each pace and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help=SMALL)
    small = parser.parse_args(argv).small
    print(machine_line())
    for pace in PACES:
        for seed in SEEDS:
            size = SimulationConfig(days=20 if small else 149, machines=9 if small else 99, seed=seed)
            print(f"{pace} wear, seed {seed}: {line_of(measure(at_pace(size, pace)))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
