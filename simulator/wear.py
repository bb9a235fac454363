"""Wear, failures and maintenance of one machine: components age with the work they do, fail or are serviced first.

A life is drawn per component from a Weibull distribution of load-hours; what the signals show is its `damage`,
which grows slowly for weeks and steeply in the last days (the potential-failure curve of condition monitoring,
F. S. Nowlan and H. F. Heap, Reliability-Centered Maintenance, 1978).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.clogging import wear_factor
from simulator.plant import DAY_S, Model, SimulationConfig

COMPONENTS = ("bearing", "cooling", "seal", "electrical")
BEARING, COOLING, SEAL, ELECTRICAL = range(4)
# Weibull shape above 1 is wear-out; near 1 is chance: electrical faults are nearly that.
_SHAPE = (3.0, 3.0, 3.0, 1.3)
_LIFE = (1.0, 1.1, 1.15, 3.0)
SUDDEN_FRACTION = 0.1
SERVICE_EVERY_D = 16
SERVICE_HOURS, REPAIR_HOURS = 3, (6, 18)
SAVED_AT = 0.985
"""Fraction of its life at which a component is repaired that somebody sees failing: 15 hours of full load before."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A component failed in slot `slot`; the machine was stopped until `repaired_slot`, perhaps beyond the run's end.

    `is_visible` says whether a signal showed it beforehand; sudden and electrical failures have none.
    """

    machine: int
    component: int
    slot: int
    repaired_slot: int
    is_visible: bool


@dataclass(frozen=True, slots=True)
class Service:
    """Planned maintenance of a component, from `slot` on."""

    machine: int
    component: int
    slot: int


@dataclass(frozen=True, slots=True)
class Prevention:
    """A condition-based repair from `slot` on; else the component fails in `failing_slot`, perhaps after the run."""

    machine: int
    component: int
    slot: int
    failing_slot: int


@dataclass(frozen=True, slots=True)
class Life:
    """Everything that happened to one machine.

    Attributes:
        load: Fraction of full load per slot, 0 where the machine was stopped; float64 (slots,).
        damage: Visible damage per component and slot, 0 new to about 1 at failure; float64 (4, slots).
        failures: In order of time.
        services: In order of time.
        preventions: In order of time.
    """

    load: NDArray[np.float64]
    damage: NDArray[np.float64]
    failures: tuple[Failure, ...]
    services: tuple[Service, ...]
    preventions: tuple[Prevention, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """A component in place: which, since which slot, its work before, how much it bears, whether it is saved."""

    component: int
    since: int
    worked: float
    life: float
    is_sudden: bool
    amplitude: float
    is_saved: bool


class _Machine:
    """The life of one machine while it is being lived."""

    def __init__(self, index: int, model: Model, load: NDArray[np.float64], config: SimulationConfig, age: int) -> None:
        self._index, self._config, self._load = index, config, load.copy()
        self._rng = config.rng("wear", index)
        self._seen = config.rng("seen coming", index)  # of its own: lives do not depend on who is saved
        self._hour = 3600 / config.cadence_s
        self._pace = {is_seal: wear_factor(index, config, is_seal=is_seal) for is_seal in (False, True)}
        # Older machines wear faster: 2 % a year.
        self._scale = model.life_load_h * config.life_scale_of(index) / (1 + 0.02 * age)
        self._parts = [self._part(c, 0, used=True) for c in range(len(COMPONENTS))]
        self._damage = np.zeros((len(COMPONENTS), config.slots))
        self._failures: list[Failure] = []
        self._services: list[Service] = []
        self._preventions: list[Prevention] = []

    def _part(self, component: int, since: int, *, used: bool = False) -> _Part:
        rng = self._rng
        life = self._scale * _LIFE[component] * rng.weibull(_SHAPE[component])
        worked = float(rng.uniform(0.0, 0.7)) * life if used else 0.0
        is_sudden = component == ELECTRICAL or rng.random() < SUDDEN_FRACTION
        is_saved = not is_sudden and self._seen.random() < self._config.prevented_frac
        return _Part(component, since, worked, life, bool(is_sudden), float(rng.uniform(0.8, 1.2)), bool(is_saved))

    def _work(self, part: _Part) -> NDArray[np.float64]:
        """Load-hours of usual wear that a part has done at the end of each slot since it is in place."""
        paced = self._load[part.since :] * self._pace[part.component == SEAL][part.since :]
        return part.worked + np.cumsum(paced) / self._hour

    def _failing_slot(self, part: _Part) -> int:
        return part.since + int(np.searchsorted(self._work(part), part.life))

    def _saved_slot(self, part: _Part) -> int:
        """When a part is repaired; beyond the run where nobody sees it coming."""
        if not part.is_saved:
            return self._config.slots
        return part.since + int(np.searchsorted(self._work(part), SAVED_AT * part.life))

    def _replace(self, component: int, at: int, free: int) -> None:
        """Write down what a part showed until it was replaced at `at`, and put a new one in that works from `free`."""
        part = self._parts[component]
        fraction = self._work(part)[: at - part.since] / part.life
        if not part.is_sudden:
            self._damage[component, part.since : at] = part.amplitude * visible_damage(fraction)
        self._parts[component] = self._part(component, min(free, self._config.slots))

    def _stand_still(self, start: int, end: int) -> None:
        self._load[start:end] = 0.0

    def live(self, services: list[int]) -> Life:
        """Live through the run: whichever comes first, a failure, a repair that prevents one, or a planned service."""
        turn, slots, free = int(self._rng.integers(4)), self._config.slots, 0
        while True:
            failing = [max(self._failing_slot(part), free) for part in self._parts]
            component = int(np.argmin(failing))
            saving = [max(self._saved_slot(part), free) for part in self._parts]
            saved = int(np.argmin(saving))
            if services and services[0] <= min(failing[component], saving[saved]):
                slot = services.pop(0)
                if slot >= free:
                    free = self._serve(turn % len(COMPONENTS), slot)
                    turn += 1
            elif saving[saved] < min(failing[component], slots):
                free = self._save(saved, saving[saved], failing[saved])
            elif failing[component] < slots:
                free = self._fail(component, failing[component])
            else:
                break
        for component in range(len(COMPONENTS)):
            self._replace(component, slots, slots)
        return Life(self._load, self._damage, tuple(self._failures), tuple(self._services), tuple(self._preventions))

    def _serve(self, component: int, slot: int) -> int:
        free = slot + round(SERVICE_HOURS * self._hour)
        self._services.append(Service(self._index, component, slot))
        self._stand_still(slot, free)
        self._replace(component, slot, free)
        return free

    def _save(self, component: int, slot: int, failing_slot: int) -> int:
        free = slot + round(SERVICE_HOURS * self._hour)
        self._preventions.append(Prevention(self._index, component, slot, failing_slot))
        self._stand_still(slot, free)
        self._replace(component, slot, free)
        return free

    def _fail(self, component: int, slot: int) -> int:
        free = slot + round(float(self._rng.uniform(*REPAIR_HOURS)) * self._hour)
        is_visible = not self._parts[component].is_sudden
        self._failures.append(Failure(self._index, component, slot, free, is_visible))
        self._stand_still(slot, free)
        self._replace(component, slot, free)
        return free


def visible_damage(fraction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Damage that signals show when `fraction` of a life is used, 0 to 1: slow for weeks, steep in the last days."""
    return 0.3 * fraction**6 + 0.7 * fraction**30


def service_slots(local: NDArray[np.int64], index: int, config: SimulationConfig) -> list[int]:
    """Slots of planned maintenance: every `SERVICE_EVERY_D` days, scaled, begun at 8 o'clock by the factory's clock."""
    every = max(1, round(SERVICE_EVERY_D * config.service_scale))
    minutes = local // 60_000_000 % (24 * 60)
    eight = np.flatnonzero((minutes >= 8 * 60) & (minutes < 8 * 60 + config.cadence_s // 60))
    return [int(slot) for slot in eight[(index * 5) % every :: every]]


def live(
    index: int, model: Model, age_years: int, load: NDArray[np.float64], services: list[int], config: SimulationConfig
) -> Life:
    """The life of one machine under its planned load; `services` are the slots of its planned maintenance."""
    return _Machine(index, model, load, config, age_years).live(list(services))


def slot_of_hours(hours: float, config: SimulationConfig) -> int:
    """Slots in that many hours."""
    return round(hours * DAY_S / 24 / config.cadence_s)
