"""Which of several values of one sensor, metric and time is stored, and what leaves: what a mapping says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KEEPS = ("latest", "largest", "smallest", "first", "none", "version")
VERSION = "version"
"""The default: of one path the later version, of several sources none. A test compares them with `domain.conflicts`."""


@dataclass(frozen=True, slots=True)
class Keep:
    """The rule of one mapping: one of `domain.conflicts.KEEPS`.

    Attributes:
        rule: For every metric.
        of_metric: Metric -> rule, for those that have one of their own.
        withdraw: Whether readings leave that a whole later version of their path no longer has.
        exported: The mapping's `path`, where it states when a file was exported; empty: its own time counts.
        zone: Time zone of that time.
    """

    rule: str = VERSION
    of_metric: Mapping[str, str] = field(default_factory=dict)
    withdraw: bool = False
    exported: str = ""
    zone: str = "UTC"

    def of(self, metric: str) -> str:
        """The rule of a metric."""
        return self.of_metric.get(metric, self.rule)


BY_VERSION = Keep()
