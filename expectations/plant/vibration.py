"""`[vibration]` of a profile: from where the windows of waveforms have the shaft's speed and the bearing's geometry."""

from dataclasses import dataclass

from expectations.plant.toml_reader import Section
from expectations.plant.values import duration_s

GEOMETRY = ("bearing_elements", "bearing_element_mm", "bearing_pitch_mm", "bearing_contact_deg")
"""Attributes of machines: rolling elements, diameters of element and pitch circle, contact angle (null: 0)."""
SPEED = "shaft_speed_rpm"
"""The attribute with the shaft's speed where nothing measures it, turns a minute."""


@dataclass(frozen=True, slots=True)
class VibrationRules:
    """Where the speed is looked for that a window does not bring.

    Attributes:
        speed_metric: The metric whose readings are the shaft's speed; empty: none is.
        speed_valid_s: How old such a reading may be at the begin of a window, seconds.
    """

    speed_metric: str = ""
    speed_valid_s: int = 60


def vibration_rules(section: Section) -> VibrationRules:
    """The table `[vibration]`.

    Raises:
        ProfileError: An unknown key, or no duration.
    """
    rules = VibrationRules(section.take("speed_metric", str, ""), duration_s(section, "speed_valid", "60s"))
    section.finish()
    return rules
