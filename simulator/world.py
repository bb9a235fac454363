"""The whole simulation in memory, before anything is written: what happened, what was sent, in which files."""

from dataclasses import dataclass

from expectations.plant.plant_profile import Profile
from simulator.answers import Answer, answer_files, answers
from simulator.certificates import certificate_files
from simulator.deliveries import Delivery, plan_deliveries
from simulator.events import Event, error_events, failure_events, failure_times_us, maintenance_events
from simulator.faults import faulty_rows
from simulator.heartbeats import heartbeat_files
from simulator.load import ambient_c, local_us, machine_load
from simulator.numbering import misnumbered, own_rows
from simulator.office_files import OfficeFile, event_files, machine_files
from simulator.physics import signals
from simulator.plant import GATEWAYS, US, Machine, SimulationConfig, build_plant, load_plant_profile
from simulator.rows import Rows, fair_rows
from simulator.sensors import Measured, measure
from simulator.waveforms import waveform_files
from simulator.wear import Life, live, service_slots


@dataclass(frozen=True, slots=True)
class World:
    """One simulated plant with its files; rows and deliveries by gateway id."""

    config: SimulationConfig
    profile: Profile
    machines: tuple[Machine, ...]
    lives: tuple[Life, ...]
    measured: tuple[Measured, ...]
    rows: dict[str, Rows]
    deliveries: tuple[Delivery, ...]
    answers: tuple[Answer, ...]
    office_files: tuple[OfficeFile, ...]


def build_world(config: SimulationConfig) -> World:
    """Everything that happens under these settings; pure and seeded."""
    profile, machines = load_plant_profile(), build_plant(config)
    pairs = [_lived(machine, profile, config) for machine in machines]
    lives, measured = tuple(life for life, _ in pairs), tuple(shown for _, shown in pairs)
    rows = _rows_by_gateway(machines, measured, config)
    planned = [d for g in GATEWAYS for d in plan_deliveries(rows[g.gateway_id], g, config)]
    given = _answers(machines, lives, config)
    office = _office_files(machines, lives, measured, config)
    office += [*answer_files(given, config), *heartbeat_files(config), *certificate_files(config)]
    office += waveform_files(machines, lives, config)
    return World(config, profile, machines, lives, measured, rows, tuple(planned), given, tuple(office))


def _lived(machine: Machine, profile: Profile, config: SimulationConfig) -> tuple[Life, Measured]:
    factory_id = machine.gateway.factory_id
    local = local_us(config.slot_times_us(), profile.zone_of(factory_id))
    load = machine_load(local, config.rng("load", machine.index))
    services = service_slots(local, machine.index, config)
    life = live(machine.index, machine.model, machine.age_years, load, services, config)
    true = signals(machine, life, ambient_c(local, factory_id), config)
    return life, measure(machine, true, profile, config)


def _rows_by_gateway(
    machines: tuple[Machine, ...], measured: tuple[Measured, ...], config: SimulationConfig
) -> dict[str, Rows]:
    made = {}
    for gateway in GATEWAYS:
        own = [machine for machine in machines if machine.gateway == gateway]
        rows = fair_rows(own, [measured[machine.index] for machine in own], config)
        if config.number_faults:
            every = fair_rows(list(machines), list(measured), config)
            rows = misnumbered(own_rows(every, machines, gateway, config), gateway, config)
        made[gateway.gateway_id] = faulty_rows(rows, gateway, own, config) if config.faults else rows
    return made


def _office_files(
    machines: tuple[Machine, ...], lives: tuple[Life, ...], measured: tuple[Measured, ...], config: SimulationConfig
) -> list[OfficeFile]:
    events: dict[str, list[Event]] = {"maintenance": [], "failures": [], "errors": []}
    for machine, life, shown in zip(machines, lives, measured, strict=True):
        events["maintenance"] += maintenance_events(life, machine, config)
        events["failures"] += failure_events(life, machine, config)
        events["errors"] += error_events(life, machine, shown.faults, config)
    files = machine_files(machines, config)
    for feed, found in events.items():
        files += event_files(feed, found, config)
    return files


def _answers(machines: tuple[Machine, ...], lives: tuple[Life, ...], config: SimulationConfig) -> tuple[Answer, ...]:
    """Those that were written down before the end, by machine and time."""
    made: list[Answer] = []
    for machine, life in zip(machines, lives, strict=True):
        times = zip(life.failures, failure_times_us(life, machine, config), strict=True)
        made += answers(machine, [us for failure, us in times if failure.is_visible], config)
    end_us = config.start_us + config.days * 86_400 * US
    return tuple(one for one in made if one.written_us < end_us)
