"""`[sensor_health]` of a profile: which sensors measure the same, and where master data say when calibration is due."""

from dataclasses import dataclass, field

from expectations.errors import ProfileError
from expectations.plant.toml_reader import Section


@dataclass(frozen=True, slots=True)
class SensorHealthRules:
    """What is known of the plant's sensors.

    Attributes:
        redundant: Metric -> how much the daily means of two of its sensors on one machine may differ, canonical unit;
            of metrics whose sensors on a machine measure the same place.
        calibration_due: Metric -> the attribute of machines with the date by which its sensors are to be calibrated.
    """

    redundant: dict[str, float] = field(default_factory=dict)
    calibration_due: dict[str, str] = field(default_factory=dict)


def sensor_health_rules(section: Section) -> SensorHealthRules:
    """The table `[sensor_health]`.

    Raises:
        ProfileError: An unknown key, no number above 0, or no text.
    """
    pairs = section.table("redundant")
    redundant = {name: float(pairs.number(name)) for name in pairs.names()}
    for name, limit in redundant.items():
        if not 0 < limit < float("inf"):
            raise ProfileError(f"{pairs.where}: {name} = {limit:g}; legal: a finite number above 0")
    rules = SensorHealthRules(redundant, section.strings("calibration_due"))
    pairs.finish()
    section.finish()
    return rules
