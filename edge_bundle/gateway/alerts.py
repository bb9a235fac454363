"""Alerts, and when one is raised: on getting worse, and again while it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from edge_bundle.format.judgement import Judgement
from edge_bundle.gateway.times import format_us

SEVERITIES = ("", "WARNING", "CRITICAL")


@dataclass(frozen=True)
class Alert:
    """One alert: the columns of feed `alerts`, gateway and sequence left out.

    Attributes:
        raised_us: Time of the reading or grid time that broke the rule.
        machine_id: Machine it speaks of.
        factory_id: Its factory.
        code: Rule that fired.
        severity: 1 WARNING, 2 CRITICAL.
        metric: Metric of the rule; None for a model's.
        value: What broke the rule: a reading in its metric's unit, or the margin or path length compared.
        threshold: The limit, of the same kind as `value`.
        message: In words.
        said: What the models said; None for a rule of readings.
    """

    raised_us: int
    machine_id: str
    factory_id: str
    code: str
    severity: int
    metric: str | None
    value: float | None
    threshold: float | None
    message: str
    said: Judgement | None = None

    def fields(self) -> dict[str, Any]:
        """The feed's columns; what is null is left out."""
        named = {
            "raised_at": format_us(self.raised_us),
            "machine_id": self.machine_id,
            "factory_id": self.factory_id,
            "code": self.code,
            "severity": SEVERITIES[self.severity],
            "metric": self.metric,
            "value": self.value,
            "threshold": self.threshold,
            "message": self.message,
            **(self.said.prospect() if self.said else {}),
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass
class Standing:
    """What stands for one sensor or machine, so that a lasting condition does not raise an alert at each reading.

    Attributes:
        checked_us: Latest time judged; older ones are history and raise nothing.
        severity: 0 where all is well.
        code: Rule that stands.
        raised_us: When it was last raised.
    """

    checked_us: int = -(2**62)
    severity: int = 0
    code: str = ""
    raised_us: int = 0

    def must_raise(self, at_us: int, severity: int, code: str, repeat_us: int) -> bool:
        """Judge one moment, later than all before it; whether to raise an alert now.

        Args:
            at_us: The moment.
            severity: 0, 1 or 2.
            code: Rule that fires; ignored where severity is 0.
            repeat_us: A standing alert is raised again after this time.
        """
        if at_us <= self.checked_us:
            return False
        self.checked_us = at_us
        worse = severity > self.severity or (severity > 0 and code != self.code)
        again = severity > 0 and at_us - self.raised_us >= repeat_us
        self.severity, self.code = severity, code if severity else ""
        if worse or again:
            self.raised_us = at_us
            return True
        return False
