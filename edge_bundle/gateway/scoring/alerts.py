"""Alerts: what a gateway says of a reading or a score that broke a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.alarm import IDLE, AlarmState

from edge_bundle.format.prediction import Prediction
from edge_bundle.gateway.input.times import format_us

NEVER = -(2**62)
SEVERITIES = ("", "WARNING", "CRITICAL")


@dataclass(frozen=True)
class Alert:
    """One alert: the columns of feed `alerts`, gateway and sequence left out.

    Attributes:
        raised_us: Time of the reading or grid time that broke the rule.
        machine_id: Machine it names.
        factory_id: Its factory.
        code: Rule that fired.
        severity: 1 WARNING, 2 CRITICAL.
        metric: Metric of the rule; None for a model's.
        value: What broke the rule: a reading in its metric's unit, or the margin or path length compared.
        threshold: The limit, of the same kind as `value`.
        message: In words.
        prediction: What the models predict; None for a rule of readings.
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
    prediction: Prediction | None = None

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
            **(self.prediction.prospect() if self.prediction else {}),
        }
        return {name: value for name, value in named.items() if value is not None}


def former_alarm(severity: int, code: str, level: int) -> AlarmState:
    """The alarm of a state of before, which knew a severity and a code only; it may be announced once more.

    Args:
        severity: 0 where nothing was raised.
        code: Rule that was raised.
        level: What the alarm counts the severity as.
    """
    return AlarmState(level, ((code, level),), NEVER, NEVER, (None,) * level) if severity else IDLE
