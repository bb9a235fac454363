"""What a profile says of stops: how long planned work takes, and what an hour without the machine costs."""

import math
from dataclasses import dataclass

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section
from expectations.plant.values import duration_s


@dataclass(frozen=True, slots=True)
class DowntimeRules:
    """How stops are counted and priced.

    Attributes:
        planned_work_s: How long a machine is down for maintenance that follows no failure; None: no stop is counted.
        usd_per_hour: What an hour of a stop costs, dollars; None: stops have no price.
    """

    planned_work_s: int | None = None
    usd_per_hour: float | None = None


def downtime_rules(section: Section) -> DowntimeRules:
    """The table `[downtime]`.

    Raises:
        ProfileError: No duration, or no price.
    """
    planned = duration_s(section, "planned_work") if section.has("planned_work") else None
    rules = DowntimeRules(planned, section.number("usd_per_hour", None))
    if rules.usd_per_hour is not None and not 0 <= rules.usd_per_hour < math.inf:
        raise ProfileError(
            f"{section.where}: usd_per_hour = {rules.usd_per_hour}; legal: dollars, a number from 0 up, or no such key"
        )
    section.finish()
    return rules
