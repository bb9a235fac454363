"""Local rules: a reading beyond its limits raises an alert at once, with no model, no store and no link.

They use arrival: the order in which readings come, and the time on a clock that cannot jump. What a reading says of
its own time silences nothing. Source: `docs/decisions/0082-limits-by-arrival.md`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from domain.alarm import IDLE, AlarmRule, AlarmState, Change, observe

from edge_bundle.gateway.features.limits import CRITICAL, WARNING, StepLimits
from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.scoring.alerts import NEVER, Alert, former_alarm
from edge_bundle.gateway.scoring.machine_names import shown

SensorKey = tuple[str, str]
MOST_ALARMS = 64
"""Sensors of one machine that can each have an alarm of their own at one time; the others have one together."""

_MOST_FORMER = 4096
"""Alarms taken over from a state that does not say whose machine they are."""


class Arrival(NamedTuple):
    """When a reading came.

    Attributes:
        at_us: Time by which alarms are held and cleared; the gateway's running time, or a replay's measured time.
        raised_us: Time that an alert bears, microseconds since epoch.
    """

    at_us: int
    raised_us: int


class LimitRules:
    """BELOW_MINIMUM and ABOVE_MAXIMUM for every sensor. A sensor whose alarm is clear costs no memory.

    Attributes:
        alarms: By (sensor, metric), those that are raised; the sensor is empty for what a machine's others have.
        touched: Those that changed since it was last cleared.
        cleared: Alarms that cleared since it was last set to 0.
        shared: Readings since then that were counted on the alarm that a machine's other sensors have together.
    """

    def __init__(self, rule: AlarmRule, most: int = MOST_ALARMS) -> None:
        self.alarms: dict[SensorKey, AlarmState] = {}
        self.touched: set[SensorKey] = set()
        self.cleared = self.shared = 0
        self._rule, self._most = rule, most
        self._machine_of: dict[SensorKey, str] = {}
        self._raised: Counter[str] = Counter()

    def check(self, reading: Reading, limits: StepLimits, resolution: float, arrival: Arrival) -> Alert | None:
        """The alert that a reading raises, if any."""
        severity = limits.level(reading.resolution_steps)
        if severity == 0 and not limits.is_possible(reading.resolution_steps):
            severity = WARNING
        key = (reading.sensor_id, reading.metric)
        state = self.alarms.get(key)
        if state is None:
            if severity == 0:
                return None
            key, state = self._begun(key, reading.machine_id)
        code, threshold = _broken(reading.resolution_steps, limits, severity) if severity else ("", None)
        holds = max(severity, limits.held_level(reading.resolution_steps))
        later, changes = observe(state, self._rule, arrival.at_us, severity, code, holds)
        if not key[0]:
            # Nobody says when the others are well again: each reading counts as the last one.
            later, _ = observe(later, self._rule, arrival.at_us, 0)
        self._put(key, reading.machine_id, state, later)
        self.cleared += sum(change.change is Change.CLEARED for change in changes)
        if not any(change.is_announced for change in changes):
            return None
        value = reading.resolution_steps * resolution
        text = _message(reading, value, code, threshold, is_possible=limits.is_possible(reading.resolution_steps))
        named = (shown(reading.machine_id), reading.factory_id, code, severity, reading.metric, value, threshold, text)
        return Alert(arrival.raised_us, *named)

    def rows(self) -> tuple[list[tuple[str, ...]], list[SensorKey]]:
        """What changed since it was last asked, for the state: rows to put, keys to drop."""
        put: list[tuple[str, ...]] = []
        drop: list[SensorKey] = []
        for key in sorted(self.touched):
            if key in self.alarms:
                put.append((*key, json.dumps([self._machine_of[key], self.alarms[key].to_list()])))
            else:
                drop.append(key)
        self.touched.clear()
        return put, drop

    def restore(self, rows: Iterable[tuple[str, ...]], *, is_other_boot: bool) -> bool:
        """Take over what a state holds, but for what is clear, or more than a machine may have.

        Args:
            rows: (sensor, metric, JSON).
            is_other_boot: Time off is not known: each alarm that lasts is announced once more.

        Returns:
            Whether the state has to be written again: `rows` then gives all of it.
        """
        is_other = False
        for sensor_id, metric, text in rows:
            key, known = (sensor_id, metric), json.loads(text)
            is_former = len(known) != 2
            machine_id, state = ("", _former(known)) if is_former else (known[0], AlarmState.of_list(known[1]))
            if is_other_boot:
                state = replace(state, announced_us=NEVER)
            most = self._most if machine_id else _MOST_FORMER
            is_dropped = state.is_idle or (self._raised[machine_id] >= most and sensor_id != "")
            is_other = is_other or is_former or is_dropped
            if not is_dropped:
                self._put(key, machine_id, IDLE, state)
        self.touched = set(self.alarms) if is_other else set()
        return is_other

    def _begun(self, key: SensorKey, machine_id: str) -> tuple[SensorKey, AlarmState]:
        """Key and state of a sensor's new alarm; beyond the most of a machine they are of all its others."""
        if self._raised[machine_id] < self._most:
            return key, IDLE
        self.shared += 1
        key = ("", f"{machine_id} {key[1]}")
        return key, self.alarms.get(key, IDLE)

    def _put(self, key: SensorKey, machine_id: str, before: AlarmState, state: AlarmState) -> None:
        if replace(before, at_us=state.at_us) != state:
            self.touched.add(key)
        if not state.is_idle:
            if key not in self._machine_of:
                self._machine_of[key] = machine_id
                self._raised[machine_id] += bool(key[0])
            self.alarms[key] = state
        elif key in self._machine_of:
            owner = self._machine_of.pop(key)
            self._raised[owner] -= bool(key[0])
            if not self._raised[owner]:
                del self._raised[owner]
            del self.alarms[key]


def _former(known: list[object]) -> AlarmState:
    """The alarm in a state of before: when it was checked, severity, code, when it was raised."""
    _, severity, code, _ = known
    return former_alarm(int(str(severity)), str(code), int(str(severity)))


def _broken(resolution_steps: int, limits: StepLimits, severity: int) -> tuple[str, float | None]:
    """The rule that fires, and its limit: the critical one, else the warning one, else the end of the range."""
    given = limits.limits
    if severity == CRITICAL:
        is_high = resolution_steps > limits.critical_high
        return _named(is_high, given.critical_above, given.critical_below)
    if limits.level(resolution_steps) == WARNING:
        is_high = resolution_steps > limits.warning_high
        return _named(is_high, given.warning_above, given.warning_below)
    return _named(resolution_steps > limits.highest, given.maximum, given.minimum)


def _named(is_high: bool, above: float | None, below: float | None) -> tuple[str, float | None]:
    return ("ABOVE_MAXIMUM", above) if is_high else ("BELOW_MINIMUM", below)


def _message(reading: Reading, value: float, code: str, threshold: float | None, *, is_possible: bool) -> str:
    side = "above" if code == "ABOVE_MAXIMUM" else "below"
    rest = "" if is_possible else "; outside the metric's range, so it is not counted"
    return f"{reading.metric} of sensor {shown(reading.sensor_id)} is {value:g}, {side} {threshold}{rest}"
