"""The whole simulation in memory, before anything is written: what happened, what was sent, in which files."""

from dataclasses import dataclass
from datetime import UTC, datetime

from expectations.plant.plant_profile import Profile
from simulator.deliveries import Delivery, plan_deliveries
from simulator.events import Event, error_events, failure_events, failure_times_us, maintenance_events
from simulator.faults import faulty_rows
from simulator.load import ambient_c, local_us, machine_load
from simulator.numbering import misnumbered, own_rows
from simulator.office_files import OfficeFile, event_files, machine_files
from simulator.physics import signals
from simulator.plant import GATEWAYS, US, Machine, SimulationConfig, build_plant, load_plant_profile
from simulator.rows import Rows, fair_rows
from simulator.sensors import Measured, measure
from simulator.truth import FailureTruth, PreventionTruth, SensorTruth
from simulator.wear import COMPONENTS, Life, live, service_slots


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
    office_files: tuple[OfficeFile, ...]


def build_world(config: SimulationConfig) -> World:
    """Everything that happens under these settings; pure and seeded."""
    profile, machines = load_plant_profile(), build_plant(config)
    pairs = [_lived(machine, profile, config) for machine in machines]
    lives, measured = tuple(life for life, _ in pairs), tuple(shown for _, shown in pairs)
    rows = _rows_by_gateway(machines, measured, config)
    planned = [d for g in GATEWAYS for d in plan_deliveries(rows[g.gateway_id], g, config)]
    office = _office_files(machines, lives, measured, config)
    return World(config, profile, machines, lives, measured, rows, tuple(planned), tuple(office))


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


def failures_of(world: World) -> tuple[FailureTruth, ...]:
    """Every failure with its cause, by machine and time."""
    return tuple(
        FailureTruth(
            machine.machine_id,
            COMPONENTS[failure.component],
            _text(time_us),
            _slot_text(failure.repaired_slot, world.config),
            failure.is_visible,
        )
        for machine, life in zip(world.machines, world.lives, strict=True)
        for failure, time_us in zip(life.failures, failure_times_us(life, machine, world.config), strict=True)
    )


def preventions_of(world: World) -> tuple[PreventionTruth, ...]:
    """Every failure that was prevented, by machine and time."""
    config = world.config
    return tuple(
        PreventionTruth(
            machine.machine_id,
            COMPONENTS[saving.component],
            _slot_text(saving.slot, config),
            _slot_text(saving.failing_slot, config) if saving.failing_slot < config.slots else None,
        )
        for machine, life in zip(world.machines, world.lives, strict=True)
        for saving in life.preventions
    )


def sensor_faults_of(world: World) -> tuple[SensorTruth, ...]:
    """Every misbehaving sensor, by machine."""
    config = world.config
    return tuple(
        SensorTruth(
            machine.sensor_id(fault.metric),
            fault.kind,
            _slot_text(fault.start, config),
            _slot_text(fault.end, config),
        )
        for machine, shown in zip(world.machines, world.measured, strict=True)
        for fault in shown.faults
    )


def _slot_text(slot: int, config: SimulationConfig) -> str:
    return _text(config.start_us + slot * config.cadence_s * US)


def _text(time_us: int) -> str:
    return datetime.fromtimestamp(time_us // US, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
