"""What a plant asks of its anomaly model: a budget of alarms, and the times that train it and choose its threshold."""

from dataclasses import dataclass
from datetime import datetime

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section
from expectations.plant.values import above_zero, instant


@dataclass(frozen=True, slots=True)
class Period:
    """A time, both ends included, UTC."""

    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class AnomalyRules:
    """The table ``[anomaly]``.

    Attributes:
        alarms_per_machine_year: Alarms raised or repeated that the model may cost; None: the policy's number.
        training: Healthy rows of this time train it; None: chosen by the number of healthy rows.
        threshold: Healthy rows of this later time choose its threshold; None where `training` is.
    """

    alarms_per_machine_year: float | None = None
    training: Period | None = None
    threshold: Period | None = None


def anomaly_rules(section: Section) -> AnomalyRules:
    """The table ``[anomaly]``; nothing is stated where it is absent.

    Raises:
        ProfileError: An unknown key, a budget that is not above 0, one period without the other, or in another order.
    """
    budget = above_zero(section, "alarms_per_machine_year") if section.has("alarms_per_machine_year") else None
    stated = [name for name in ("training", "threshold") if section.has(name)]
    periods = [_period(section.table(name)) for name in stated]
    section.finish()
    if not periods:
        return AnomalyRules(budget)
    if len(periods) == 1:
        raise ProfileError(
            f"{section.where}: {stated[0]} is stated alone; legal: both training and threshold, or neither: then "
            "the number of healthy rows chooses the times"
        )
    training, threshold = periods
    if threshold.from_at <= training.until_at:
        raise ProfileError(
            f"{section.where}: threshold begins {threshold.from_at.isoformat()}, training ends "
            f"{training.until_at.isoformat()}; legal: a threshold period after the training period"
        )
    return AnomalyRules(budget, training, threshold)


def _period(section: Section) -> Period:
    found = Period(instant(section, "from"), instant(section, "to"))
    section.finish()
    if found.until_at <= found.from_at:
        raise ProfileError(
            f"{section.where}: to = {found.until_at.isoformat()} is not after from = {found.from_at.isoformat()}; "
            "legal: an end after its begin"
        )
    return found
