"""What an update over the air costs, how long it takes, and what a failed roll-out costs by the stage that finds it.

Source: expected retransmissions of a lossy link, 1 / (1 - loss), RFC 3366, 2; stages with soak as release practice has
them (canary releases). Megabytes and megabits are decimal (IEC 80000-13): 1 MB is 8 Mbit.
"""

from dataclasses import dataclass

from calculators.arithmetic import Number, earlier, largest, product, total
from calculators.errors import CalculationError
from calculators.fields import check, figure, label, money, quantity, rows, share

MBIT_PER_MB = Number(8)
S_PER_H = Number(3600)
H_PER_D = Number(24)
DAYS_PER_MONTH = Number(30)
NONE, ONE = Number(0), Number(1)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a roll-out: it reaches a part of the fleet, earlier stages included."""

    name: str = label("name of the stage")
    upto_frac: Number = quantity("part of the fleet that is updated at its end", "frac", above=0, most=1)
    transfer_h: Number = quantity("time over which its downloads are distributed", "h", above=0)
    soak_h: Number = quantity("time of observation after it", "h", least=0)
    found_frac: Number = share("probability that this stage finds a fault that earlier stages did not")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class FleetSize:
    """A number of devices to look at."""

    devices_count: Number = quantity("devices", "devices", above=0, is_whole=True)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, slots=True)
class UpdateCase:
    """One update of one fleet."""

    devices_count: Number = quantity("devices of the fleet", "devices", above=0, is_whole=True)
    full_mb: Number = quantity("size of the whole update", "MB", above=0)
    delta_mb: Number = quantity("size of the delta", "MB", above=0)
    price_usd_per_mb: Number = money("price of the data", "USD per MB")
    stages: tuple[Stage, ...] = rows("stages of the roll-out", Stage)
    tower_mbit_per_s: Number = quantity("capacity of the link that the fleet shares", "Mbit/s", above=0)
    window_h: Number = quantity("time in which the update must be done", "h", above=0)
    burst_transmissions_number: Number = quantity(
        "times that a packet is sent where all devices load at once", "number", least=1, default=ONE
    )
    staged_transmissions_number: Number = quantity(
        "times that a packet is sent in a staged roll-out", "number", least=1, default=ONE
    )
    faulty_frac: Number = share("probability that the update is faulty", NONE)
    visits_frac: Number = share("part of the devices with a faulty update that need a visit", ONE)
    visit_usd: Number = money("cost of a visit", default=NONE)
    failures_per_device_month: Number = quantity("failures", "per device and month", least=0, default=NONE)
    messages_per_device_min: Number = quantity("messages", "per device and minute", least=0, default=NONE)
    sizes: tuple[FleetSize, ...] = rows("fleet sizes to look at", FleetSize, least=0)

    def __post_init__(self) -> None:
        check(self)
        if found := problem(self):
            raise CalculationError(found)


@dataclass(frozen=True, slots=True)
class StageShown:
    """A stage: devices, data, rate, time, and what a faulty update costs that it finds."""

    name: str = label("stage")
    new_devices_count: Number = figure("new devices", "devices", 0)
    devices_count: Number = figure("devices", "devices", 0)
    data_mb: Number = figure("data", "MB", 1)
    cost_usd: Number = figure("cost", "USD")
    rate_mbit_per_s: Number = figure("mean rate", "Mbit/s", 4)
    fastest_h: Number = figure("fastest", "h", 3)
    end_h: Number = figure("ends after", "h", 1)
    found_here_frac: Number = figure("finds a fault", "frac", 1)
    loss_usd: Number = figure("loss if found here", "USD")


@dataclass(frozen=True, slots=True)
class SizeShown:
    """A fleet size: failures and messages."""

    devices_count: Number = figure("devices", "devices", 0)
    failures_per_month: Number = figure("failures a month", "per month", 1)
    failures_per_d: Number = figure("failures a day", "per d", 2)
    messages_per_min: Number = figure("messages a minute", "per min", 0)


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """Costs, time and risk of an update."""

    full_usd: Number = figure("cost, whole update, nothing sent twice", "USD")
    full_burst_usd: Number = figure("cost, whole update, all at once", "USD")
    staged_usd: Number = figure("cost, delta, in stages", "USD")
    saved_usd: Number = figure("saved by delta and stages", "USD")
    saved_frac: Number | None = figure("saved by delta and stages", "frac", 1)
    staged_mb: Number = figure("data, delta, in stages", "MB", 1)
    full_mb: Number = figure("data, whole update, nothing sent twice", "MB", 1)
    burst_h: Number = figure("shortest time, whole update, all at once", "h", 2)
    peak_mbit_per_s: Number = figure("highest mean rate of a stage", "Mbit/s", 4)
    capacity: str = label("rate against the capacity")
    duration_h: Number = figure("time of the roll-out", "h", 1)
    window: str = label("time against the window")
    expected_loss_usd: Number = figure("expected loss of a faulty update, in stages", "USD")
    expected_loss_at_once_usd: Number = figure("expected loss of a faulty update, all at once", "USD")
    stages: tuple[StageShown, ...] = rows("stages", StageShown)
    sizes: tuple[SizeShown, ...] = rows("fleet sizes", SizeShown)


def problem(case: UpdateCase) -> str:
    """What contradicts itself in a case; empty where nothing does."""
    if any(stage.upto_frac <= reached_before(case, stage) for stage in case.stages):
        return "stages: upto_frac does not grow; legal: each stage reaches more than the one before; put them in order"
    if largest(stage.upto_frac for stage in case.stages) < 1:
        return "stages: the last upto_frac is below 1; legal: the last stage reaches the whole fleet; add it"
    return ""


def calculate(case: UpdateCase) -> UpdateResult:
    """Data times price; each stage sends the delta to its new devices, distributed over its time."""
    full_mb = case.devices_count * case.full_mb
    full_usd = full_mb * case.price_usd_per_mb
    full_burst_usd = full_usd * case.burst_transmissions_number
    stages = tuple(stage_shown(case, stage) for stage in case.stages)
    staged_mb = total(stage.data_mb for stage in stages)
    staged_usd = staged_mb * case.price_usd_per_mb
    peak_mbit_per_s = largest(stage.rate_mbit_per_s for stage in stages)
    duration_h = largest(stage.end_h for stage in stages)
    all_lost_usd = case.devices_count * case.visits_frac * case.visit_usd
    return UpdateResult(
        full_usd=full_usd,
        full_burst_usd=full_burst_usd,
        staged_usd=staged_usd,
        saved_usd=full_burst_usd - staged_usd,
        saved_frac=1 - staged_usd / full_burst_usd if full_burst_usd > 0 else None,
        staged_mb=staged_mb,
        full_mb=full_mb,
        burst_h=full_mb * case.burst_transmissions_number * MBIT_PER_MB / case.tower_mbit_per_s / S_PER_H,
        peak_mbit_per_s=peak_mbit_per_s,
        capacity="fits" if peak_mbit_per_s <= case.tower_mbit_per_s else "REFUSED: more than the link carries",
        duration_h=duration_h,
        window="fits" if duration_h <= case.window_h else "REFUSED: longer than the window",
        expected_loss_usd=case.faulty_frac * total(stage.found_here_frac * stage.loss_usd for stage in stages),
        expected_loss_at_once_usd=case.faulty_frac * all_lost_usd,
        stages=stages,
        sizes=tuple(size_shown(case, size) for size in case.sizes),
    )


def reached_before(case: UpdateCase, stage: Stage) -> Number:
    """The part of the fleet that is updated when a stage begins."""
    return largest(each.upto_frac for each in earlier(case.stages, stage))


def stage_shown(case: UpdateCase, stage: Stage) -> StageShown:
    """One stage in numbers. What no stage finds shows in the last one, when the whole fleet has it."""
    new_devices = case.devices_count * (stage.upto_frac - reached_before(case, stage))
    devices = case.devices_count * stage.upto_frac
    data_mb = new_devices * case.delta_mb * case.staged_transmissions_number
    unnoticed = product(1 - each.found_frac for each in earlier(case.stages, stage))
    return StageShown(
        name=stage.name,
        new_devices_count=new_devices,
        devices_count=devices,
        data_mb=data_mb,
        cost_usd=data_mb * case.price_usd_per_mb,
        rate_mbit_per_s=data_mb * MBIT_PER_MB / (stage.transfer_h * S_PER_H),
        fastest_h=data_mb * MBIT_PER_MB / case.tower_mbit_per_s / S_PER_H,
        end_h=stage.transfer_h + stage.soak_h
        + total(each.transfer_h + each.soak_h for each in earlier(case.stages, stage)),
        found_here_frac=unnoticed * (stage.found_frac if stage.upto_frac < 1 else ONE),
        loss_usd=devices * case.visits_frac * case.visit_usd,
    )  # fmt: skip


def size_shown(case: UpdateCase, size: FleetSize) -> SizeShown:
    """Failures and messages grow with the fleet. A month has 30 days."""
    failures_per_month = size.devices_count * case.failures_per_device_month
    return SizeShown(
        devices_count=size.devices_count,
        failures_per_month=failures_per_month,
        failures_per_d=failures_per_month / DAYS_PER_MONTH,
        messages_per_min=size.devices_count * case.messages_per_device_min,
    )
