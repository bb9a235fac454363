"""What the simulated plant is: factories, gateways, models, machines, and the settings of one simulation."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zlib import crc32

import numpy as np

from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from simulator.errors import ConfigError

DAY_S = 86_400
US = 1_000_000
METRICS = ("temperature", "vibration", "pressure", "speed", "current")
TEMPERATURE, VIBRATION, PRESSURE, SPEED, CURRENT = range(5)


@dataclass(frozen=True, slots=True)
class SimulationConfig:
    """Settings of one simulation; the same settings give the same bytes.

    Attributes:
        days: Days of operation, all before `ends_at`.
        machines: Machines of both factories together.
        cadence_s: Seconds between two readings of a sensor; divides the day.
        seed: Seed of every random number.
        ends_at: UTC midnight after the last day.
        second_step_days: Days whose files come with the second delivery; the last ones where there is no third.
        third_step_days: Last days whose files come with a third delivery; 0: there are two.
        life_scale: Factor on the life of every component; small values make a short run fail often.
        faults: Whether gateways and sensors misbehave; without, every record is accepted.
        number_faults: Whether gateways lose records, send some late, begin to count again and take over from others.
        prevented_frac: Fraction of the failures that a signal shows which a condition-based repair prevents.
        service_scale: Factor on the distance of planned services.
        late_frac: Fraction of the failure records that are written down days after any other.
        wrong_frac: Fraction of the failure records that name another component than the one that failed.
        every_sensor_fault: Whether sensors become noisy and lose their calibration too; without, they are stuck, drift
            or are silent.
        worn_every: One machine in so many wears by `worn_scale`, the others by `life_scale`; 0: none.
        worn_scale: Factor on the life of its components.
        waveform_days: Last days with windows of vibration of Bremen's machines, see `simulator.waveforms`.
        changed_days: Last days in which the sensors are others, see `simulator.changed_sensors`.
    """

    days: int = 120
    machines: int = 24
    cadence_s: int = 1200
    seed: int = 20_260_331
    ends_at: datetime = datetime(2026, 3, 31, tzinfo=UTC)
    second_step_days: int = 1
    third_step_days: int = 0
    life_scale: float = 1.0
    faults: bool = True
    number_faults: bool = False
    prevented_frac: float = 0.0
    service_scale: float = 1.0
    late_frac: float = 0.0
    wrong_frac: float = 0.0
    every_sensor_fault: bool = False
    changed_days: int = 0
    worn_every: int = 0
    worn_scale: float = 1.0
    waveform_days: int = 0

    def __post_init__(self) -> None:
        longest = (self.ends_at - load_plant_profile().began_at).days - 1
        for name, legal, is_legal in (
            ("days", f"2 to {longest}: the plant began {longest + 1} days before its end", 2 <= self.days <= longest),
            ("machines", "3 to 99", 3 <= self.machines <= 99),
            ("cadence_s", "60 to 3600, a divisor of the day", 60 <= self.cadence_s <= 3600),
            ("cadence_s", "60 to 3600, a divisor of the day", DAY_S % self.cadence_s == 0),
            ("ends_at", "midnight UTC", self.ends_at == self.ends_at.replace(hour=0, minute=0, second=0)),
            ("second_step_days", f"0 to {self.days - 1}", 0 <= self.second_step_days < self.days),
            ("third_step_days", "what leaves the first some", 0 <= self.third_step_days < self._earlier_days),
            ("worn_every", "0 and above", self.worn_every >= 0),
            ("worn_scale", "above 0", self.worn_scale > 0),
            ("life_scale", "above 0", self.life_scale > 0),
            ("prevented_frac", "0 to 1", 0 <= self.prevented_frac <= 1),
            ("service_scale", "above 0", self.service_scale > 0),
            ("late_frac", "0 to 1", 0 <= self.late_frac <= 1),
            ("wrong_frac", "0 to 1", 0 <= self.wrong_frac <= 1),
            ("waveform_days", "0 and above", self.waveform_days >= 0),
            ("changed_days", f"0 to {self.days}", 0 <= self.changed_days <= self.days),
        ):
            if not is_legal:
                raise ConfigError(f"{name} = {getattr(self, name)}; legal: {legal}")

    @property
    def started_at(self) -> datetime:
        """First instant of the run, UTC."""
        return self.ends_at - timedelta(days=self.days)

    @property
    def start_us(self) -> int:
        """First instant of the run, microseconds since epoch."""
        return int(self.started_at.timestamp()) * US

    @property
    def steps(self) -> tuple[int, ...]:
        """The deliveries by number."""
        return (1, 2, 3) if self.third_step_days else (1, 2)

    @property
    def _earlier_days(self) -> int:
        return self.days - self.second_step_days

    def first_day(self, step: int) -> int:
        """The day of the run, from 0, with whose files a delivery begins."""
        days = {1: self.days, 2: self.second_step_days + self.third_step_days, 3: self.third_step_days}
        return self.days - days[step]

    def step_of(self, day: int) -> int:
        """The delivery that brings the files of a day of the run."""
        return max(step for step in self.steps if day >= self.first_day(step))

    def end_of(self, step: int) -> datetime:
        """UTC midnight after the last day of a delivery."""
        last = step == self.steps[-1]
        return self.ends_at if last else self.started_at + timedelta(days=self.first_day(step + 1))

    @property
    def slots_per_day(self) -> int:
        """Readings of one sensor in a day."""
        return DAY_S // self.cadence_s

    @property
    def slots(self) -> int:
        """Readings of one sensor in the whole run."""
        return self.days * self.slots_per_day

    def life_scale_of(self, machine: int) -> float:
        """The factor on the life of every component of the machine of that index."""
        return self.worn_scale if self.worn_every and machine % self.worn_every == 0 else self.life_scale

    def slot_times_us(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Begin of every slot, microseconds since epoch, int64 of shape (slots,)."""
        return self.start_us + np.arange(self.slots, dtype=np.int64) * (self.cadence_s * US)

    def rng(self, *purpose: str | int) -> np.random.Generator:
        """The random numbers of one purpose; independent of every other purpose."""
        return np.random.default_rng([self.seed, *(crc32(str(part).encode()) for part in purpose)])


@dataclass(frozen=True, slots=True)
class Model:
    """A machine model at full load. Pressure bar, current A, vibration mm/s, rise of temperature over ambient K."""

    name: str
    temperature_rise: float
    vibration: float
    pressure: float
    speed_rpm: float
    current: float
    is_variable_speed: bool
    life_load_h: float


# Sizes are those of catalogue machines: vibration of a healthy one within zone A or B of ISO 20816-3 (below 4.5 mm/s).
MODELS = (
    Model("P100", 38.0, 1.6, 16.0, 1480.0, 28.0, is_variable_speed=False, life_load_h=1300.0),
    Model("P200", 46.0, 2.1, 40.0, 2960.0, 75.0, is_variable_speed=False, life_load_h=1150.0),
    Model("C300", 58.0, 2.8, 90.0, 3580.0, 210.0, is_variable_speed=True, life_load_h=1000.0),
    Model("R900", 108.0, 1.2, 9.0, 985.0, 44.0, is_variable_speed=True, life_load_h=1450.0),
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway: what it sends, and from where."""

    gateway_id: str
    factory_id: str
    format: str


GATEWAYS = (
    Gateway("bremen-1", "bremen", "jsonl"),
    Gateway("penang-1", "penang", "csv"),
    Gateway("penang-2", "penang", "parquet"),
)
_GATEWAY_TURNS = (0, 1, 2, 0)


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine; `index` is its row in every array. Age is that at the run's start."""

    index: int
    machine_id: str
    gateway: Gateway
    model: Model
    age_years: int

    def sensor_id(self, metric: int) -> str:
        """The sensor that measures the metric of that index, such as ``BRE-01/V``."""
        return f"{self.machine_id}/{METRICS[metric][0].upper()}"


def build_plant(config: SimulationConfig) -> tuple[Machine, ...]:
    """The machines of a simulation, in index order."""
    rng, counts = config.rng("plant"), dict.fromkeys(("bremen", "penang"), 0)
    machines = []
    for index in range(config.machines):
        gateway = GATEWAYS[_GATEWAY_TURNS[index % 4]]
        counts[gateway.factory_id] += 1
        machine_id = f"{gateway.factory_id[:3].upper()}-{counts[gateway.factory_id]:02d}"
        model = MODELS[(index + index // 4) % len(MODELS)]
        machines.append(Machine(index, machine_id, gateway, model, int(rng.integers(1, 21))))
    return tuple(machines)


def load_plant_profile() -> Profile:
    """The profile of the simulated plant, from the contract."""
    return load_profile("simulated")
