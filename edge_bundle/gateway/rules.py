"""Local rules: a reading beyond its limits raises an alert at once, with no model and no link.

Source: REQUIREMENTS B4, F4.
"""

from __future__ import annotations

from edge_bundle.gateway.alerts import Alert, Standing
from edge_bundle.gateway.limits import CRITICAL, WARNING, StepLimits
from edge_bundle.gateway.records import Reading

SensorKey = tuple[str, str]


class LimitRules:
    """BELOW_MINIMUM and ABOVE_MAXIMUM for every sensor.

    Attributes:
        standing: By (sensor, metric).
        touched: Sensors judged since it was last cleared.
    """

    def __init__(self, repeat_us: int) -> None:
        self.standing: dict[SensorKey, Standing] = {}
        self.touched: set[SensorKey] = set()
        self._repeat_us = repeat_us

    def note(self, key: SensorKey, at_us: int) -> None:
        """Take up, after a restart, that readings up to a time were judged."""
        standing = self.standing.setdefault(key, Standing())
        standing.checked_us = max(standing.checked_us, at_us)

    def judge(self, reading: Reading, limits: StepLimits, resolution: float) -> Alert | None:
        """The alert that a reading raises, if any."""
        key = (reading.sensor_id, reading.metric)
        standing = self.standing.get(key)
        if standing is None:
            standing = self.standing[key] = Standing()
        before = (standing.severity, standing.code, standing.raised_us)
        severity = limits.level(reading.steps)
        if severity == 0 and not limits.is_possible(reading.steps):
            severity = WARNING
        code, threshold = _broken(reading.steps, limits, severity) if severity else ("", None)
        is_raised = standing.must_raise(reading.measured_us, severity, code, self._repeat_us)
        # When it was last judged follows from the readings that are kept; one that is not possible is not kept.
        if (standing.severity, standing.code, standing.raised_us) != before or not limits.is_possible(reading.steps):
            self.touched.add(key)
        if not is_raised:
            return None
        value = reading.steps * resolution
        return Alert(
            reading.measured_us,
            reading.machine_id,
            reading.factory_id,
            code,
            severity,
            reading.metric,
            value,
            threshold,
            _message(reading, value, code, threshold, is_possible=limits.is_possible(reading.steps)),
        )


def _broken(steps: int, limits: StepLimits, severity: int) -> tuple[str, float | None]:
    """The rule that fires, and its limit: the critical one, else the warning one, else the end of the range."""
    given = limits.limits
    if severity == CRITICAL:
        is_high = steps > limits.critical_high
        return _named(is_high, given.critical_above, given.critical_below)
    if limits.level(steps) == WARNING:
        is_high = steps > limits.warning_high
        return _named(is_high, given.warning_above, given.warning_below)
    return _named(steps > limits.highest, given.maximum, given.minimum)


def _named(is_high: bool, above: float | None, below: float | None) -> tuple[str, float | None]:
    return ("ABOVE_MAXIMUM", above) if is_high else ("BELOW_MINIMUM", below)


def _message(reading: Reading, value: float, code: str, threshold: float | None, *, is_possible: bool) -> str:
    side = "above" if code == "ABOVE_MAXIMUM" else "below"
    rest = "" if is_possible else "; outside the metric's range, so it is not counted"
    return f"{reading.metric} of sensor {reading.sensor_id} is {value:g}, {side} {threshold}{rest}"
