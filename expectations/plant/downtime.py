"""What a profile says of stops: how long planned work and repairs take, what an hour without a machine costs."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section
from expectations.plant.values import above_zero, duration_s


@dataclass(frozen=True, slots=True)
class Penalty:
    """What a stop of a machine costs.

    Attributes:
        usd_per_hour: What an hour of a stop costs, dollars; None: stops have no price.
        repair_hours: How long a repair takes; None: as measured.
        standby: The part of that cost which a standby machine spares, 0 to 1.
        machine_model: Model for which it holds; None: any.
        machine_id: Machine for which it holds; None: any.
    """

    usd_per_hour: float | None = None
    repair_hours: float | None = None
    standby: float = 0.0
    machine_model: str | None = None
    machine_id: str | None = None

    def exact_usd_per_hour(self) -> Fraction | None:
        """What an hour costs beside a standby machine; prices are what their decimal digits say."""
        if self.usd_per_hour is None:
            return None
        return Fraction(repr(self.usd_per_hour)) * (1 - Fraction(repr(self.standby)))


@dataclass(frozen=True, slots=True)
class DowntimeRules:
    """How stops are counted and priced.

    Attributes:
        planned_work_s: How long a machine is down for maintenance that follows no failure; None: no stop is counted.
        usd_per_hour: What an hour of a stop costs, dollars; None: stops have no price.
        repair_hours: How long a repair takes; None: as measured.
        standby: The part of that cost which a standby machine spares, 0 to 1.
        overrides: The same for single machines and machine models.
    """

    planned_work_s: int | None = None
    usd_per_hour: float | None = None
    repair_hours: float | None = None
    standby: float = 0.0
    overrides: tuple[Penalty, ...] = ()

    def of_machine(self, machine_id: str, machine_model: str | None) -> Penalty:
        """What a stop of one machine costs: by its own override, else by its model's, else by the plant's."""
        plain = Penalty(self.usd_per_hour, self.repair_hours, self.standby)
        own = [one for one in self.overrides if one.machine_id == machine_id]
        of_model = [
            one for one in self.overrides if one.machine_model is not None and one.machine_model == machine_model
        ]
        return next(iter((*own, *of_model)), plain)


def downtime_rules(section: Section) -> DowntimeRules:
    """The table `[downtime]`.

    Raises:
        ProfileError: No duration, no price, or no part of one.
    """
    planned = duration_s(section, "planned_work") if section.has("planned_work") else None
    plain = _penalty(section, Penalty())
    overrides = tuple(_override(part, plain) for part in section.array("overrides"))
    section.finish()
    return DowntimeRules(planned, plain.usd_per_hour, plain.repair_hours, plain.standby, overrides)


def _override(section: Section, plain: Penalty) -> Penalty:
    found = _penalty(section, plain)
    model, machine = section.take("machine_model", str, None), section.take("machine_id", str, None)
    if (model is None) == (machine is None):
        raise ProfileError(f"{section.where}: name either machine_model or machine_id")
    section.finish()
    return replace(found, machine_model=model, machine_id=machine)


def _penalty(section: Section, plain: Penalty) -> Penalty:
    hours = above_zero(section, "repair_hours") if section.has("repair_hours") else plain.repair_hours
    found = Penalty(section.number("usd_per_hour", plain.usd_per_hour), hours, section.number("standby", plain.standby))
    if found.usd_per_hour is not None and not 0 <= found.usd_per_hour < math.inf:
        raise ProfileError(
            f"{section.where}: usd_per_hour = {found.usd_per_hour}; legal: dollars, a number from 0 up, or no such key"
        )
    if not 0 <= found.standby <= 1:
        raise ProfileError(f"{section.where}: standby = {found.standby}; legal: the part that is spared, 0 to 1")
    return found
