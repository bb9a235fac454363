"""A plant over three months: what it is, in which deliveries its files come, and when its sensors change.

Few machines wear fast and fail again and again, the others hardly ever: so that a month has failures enough to compare
models by, and healthy rows enough to compare what they call unusual. A week before the end of the second month the
sensors are exchanged, see `simulator.changed_sensors`, and the machines that wear fast fail in another way from then
on, see `simulator.clogging`.
"""

from dataclasses import replace
from datetime import UTC, datetime

from simulator.errors import ConfigError
from simulator.plant import SimulationConfig

MONTHS = (1, 3)
ENDS_AT = datetime(2026, 5, 1, tzinfo=UTC)
SECOND_DAYS, THIRD_DAYS, CHANGED_DAYS = 23, 38, 45
WORN_EVERY, WORN_SCALE, LIFE_SCALE, SERVICE_SCALE = 3, 0.7, 12.0, 8.0
"""Chosen so that a challenger can have the evidence its gate asks for: docs/decisions/0282-a-new-way-to-fail.md."""


def over_months(config: SimulationConfig, months: int) -> SimulationConfig:
    """The settings of a plant over so many months, one of `MONTHS`; one month is the plant as it is.

    Raises:
        ConfigError: Another number, or too few days for three.
    """
    if months not in MONTHS:
        raise ConfigError(f"months = {months}; legal: {' and '.join(map(str, MONTHS))}")
    if months == 1:
        return config
    if config.days <= SECOND_DAYS + THIRD_DAYS:
        least = SECOND_DAYS + THIRD_DAYS + 1
        raise ConfigError(f"days = {config.days}; legal for {months} months: {least} and above, the first month's too")
    return replace(
        config, ends_at=ENDS_AT, second_step_days=SECOND_DAYS, third_step_days=THIRD_DAYS, changed_days=CHANGED_DAYS,
        worn_every=WORN_EVERY, worn_scale=WORN_SCALE, life_scale=LIFE_SCALE, service_scale=SERVICE_SCALE,
    )  # fmt: skip
