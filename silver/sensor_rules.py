"""By which numbers sensors are held against their past: those of the plant's policy."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SensorRules:
    """The windows and limits. `expectations/policy/starting_policy.toml` has unit and source of each.

    Attributes:
        reference_days: Dates that a sensor's usual figures are of.
        recent_days: Dates after them, the newest of which is looked at; what drifts does not become usual meanwhile.
        minimum_days: Dates of the reference on which a sensor needs readings.
        missing_frac: Least fraction of missing readings that counts.
        equal_readings: Fewer equal readings in a row are never stuck.
        noise_ratio: Least ratio of the deviation of neighbours that counts.
        deviations: How far from the usual Shewhart's limits are.
        slack: What each date's deviation must exceed to add to a cumulative sum, in deviations.
        decision: The cumulative sum that signals, in deviations.
    """

    reference_days: int
    recent_days: int
    minimum_days: int
    missing_frac: float
    equal_readings: int
    noise_ratio: float
    deviations: float
    slack: float
    decision: float

    @classmethod
    def of(cls, numbers: Mapping[str, float]) -> "SensorRules":
        """Those of a policy, by the name of each number."""
        return cls(
            int(numbers["sensor_reference_days"]),
            int(numbers["sensor_recent_days"]),
            int(numbers["sensor_minimum_days"]),
            numbers["sensor_missing_frac"],
            int(numbers["sensor_equal_readings"]),
            numbers["sensor_noise_ratio"],
            numbers["sensor_deviations"],
            numbers["sensor_cusum_slack"],
            numbers["sensor_cusum_decision"],
        )

    @property
    def days(self) -> int:
        """Dates that a verdict looks at, its own the last."""
        return self.reference_days + self.recent_days
