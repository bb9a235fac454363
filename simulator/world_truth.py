"""The truth beside the readings: what failed, what was prevented, what misbehaved, who answered."""

from datetime import UTC, datetime

from simulator.certificates import ending
from simulator.events import failure_times_us
from simulator.heartbeats import SILENT, silent_since
from simulator.plant import US, SimulationConfig
from simulator.truth import AnswerTruth, EquipmentTruth, FailureTruth, PreventionTruth, SensorTruth
from simulator.wear import COMPONENTS
from simulator.world import World

_ENDS_SOON_DAYS = 30
"""What the policy starts with."""


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


def answers_of(world: World) -> tuple[AnswerTruth, ...]:
    """Every answer to an alarm that was written down, by machine."""
    return tuple(
        AnswerTruth(one.machine.machine_id, _text(one.answered_us), one.words, one.is_right) for one in world.answers
    )


def equipment_of(world: World) -> EquipmentTruth:
    """The gateway that fell silent and the certificates that end within a month of the run's end."""
    ends = {name: _moment(end) for name, end in ending(world.config, _ENDS_SOON_DAYS).items()}
    return EquipmentTruth({SILENT: _moment(silent_since(world.config))}, ends)


def _slot_text(slot: int, config: SimulationConfig) -> str:
    return _text(config.start_us + slot * config.cadence_s * US)


def _text(time_us: int) -> str:
    return _moment(datetime.fromtimestamp(time_us // US, UTC))


def _moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
