"""What the state of machines, sensors, gateways and rules is, as `assay status` and the alerts need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from jobs.alerts.condition import Acknowledgement


@dataclass(frozen=True, slots=True)
class SensorFound:
    """A sensor with findings of `silver.sensor_health`, the most severe first; `bad` is what its source called bad."""

    factory_id: str
    machine_id: str
    metric: str
    sensor_id: str
    findings: tuple[str, ...]
    bad: str = ""


@dataclass(frozen=True, slots=True)
class SensorState:
    """What the two newest dates say of sensors.

    Attributes:
        until: The newest date.
        looked_at: Sensors.
        found: Those with a finding on either date, by machine.
    """

    until: date
    looked_at: int
    found: tuple[SensorFound, ...] = ()


@dataclass(frozen=True, slots=True)
class MissedFailure:
    """A failure that no alarm of a champion announced in time: factory and machine, when, what, and what is known."""

    machine: str
    failed_at: datetime
    kinds: str
    source: str
    words: str


@dataclass(frozen=True, slots=True)
class StandingAlarm:
    """An alarm of a machine's scores that is active: factory and machine, since when, and whether it was answered.

    An answer is work on the machine, its failure, or what a technician says of the alarm, since then. `held`: The
    newest of those that only say that somebody looks after it.
    """

    machine: str
    raised_at: datetime
    is_answered: bool
    held: Acknowledgement | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of that name of a gateway or machine that ends last: whose it is, and when it ends."""

    holder: str
    name: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Battery:
    """What a gateway last reported of its battery."""

    gateway: str
    percent: float
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """A gateway whose heartbeats stopped, with its last one.

    `is_lost`: It is critical. `is_of_all`: So is every gateway of the factory, of two or more.
    """

    factory_id: str
    gateway_id: str
    heard_at: datetime
    is_lost: bool
    is_of_all: bool


@dataclass(frozen=True, slots=True)
class EquipmentState:
    """Certificates, batteries and silent gateways that somebody has to look after, and how many of each there are."""

    ending: tuple[Certificate, ...] = ()
    low: tuple[Battery, ...] = ()
    silent: tuple[Silence, ...] = ()
    certificates: int = 0
    batteries: int = 0
    gateways: int = 0


@dataclass(frozen=True, slots=True)
class MachineState:
    """Machines by factory, as of the newest readings.

    Attributes:
        as_of: End of the newest readings.
        count: All machines.
        blind: Factory -> machines of which nothing is known.
        critical: Factory -> the others with an anomaly beyond a critical limit that lasts.
        warned: Factory -> those with one beyond a warning limit alone.
    """

    as_of: datetime
    count: int
    blind: Mapping[str, tuple[str, ...]]
    critical: Mapping[str, tuple[str, ...]]
    warned: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class GatewayLoss:
    """Of so many numbers of a gateway so many never came, the first of them on a day; None where all came."""

    missing: int
    produced: int
    since: date | None


@dataclass(frozen=True, slots=True)
class LossState:
    """Records that gateways numbered and that never came.

    Attributes:
        until: Newest day of `gold.reconciliation`.
        gateways: Gateways that number their records.
        above: Gateway -> what it lost, where that is more than allowed.
    """

    until: date
    gateways: int
    above: Mapping[str, GatewayLoss]


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule of the plant, or one that ships, that does not hold.

    Attributes:
        name: Its name.
        words: What was found, one sentence.
        refuses: Whether it must hold: its severity is fail.
    """

    name: str
    words: str
    refuses: bool


@dataclass(frozen=True, slots=True)
class RuleState:
    """The rules: how many were looked at, and those that do not hold."""

    count: int
    broken: tuple[BrokenRule, ...] = ()
