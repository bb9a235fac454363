"""Corrections of a source's readings: another scale or unit for a time, a sensor that continues another one.

A correction holds for readings of its sensor, metric and source column (where it names them) from `since_us` until just
before `until_us`. All that hold apply, in their order: ``value * factor + offset``, then the unit, then the name. The
sensor and the metric that a correction names are those before any correction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol


class Correction(Protocol):
    """One correction; a mapping's and a bundle's both are of this form. An empty text names nothing."""

    @property
    def sensor(self) -> str:
        """The sensor, as the mapping makes its name."""

    @property
    def metric(self) -> str:
        """The metric, as the profile names it."""

    @property
    def column(self) -> str:
        """The source column of a wide file."""

    @property
    def since_us(self) -> int:
        """First microsecond since the epoch for which it holds."""

    @property
    def until_us(self) -> int:
        """First microsecond for which it no longer holds."""

    @property
    def factor(self) -> float:
        """What values are multiplied with."""

    @property
    def offset(self) -> float:
        """What is added then."""

    @property
    def unit(self) -> str:
        """The unit of the values."""

    @property
    def continues(self) -> str:
        """The sensor whose readings these are."""


class Corrected(NamedTuple):
    """A reading's value, unit and sensor after all corrections."""

    value: float
    unit: str
    sensor: str


def corrected(rules: Iterable[Correction], column: str, metric: str, at_us: int, sent: Corrected) -> Corrected:
    """The outcome of one reading.

    Args:
        rules: The corrections of its source.
        column: Its source column.
        metric: Its metric.
        at_us: Its time, microseconds since the epoch.
        sent: Its value, unit and sensor as sent.
    """
    value, unit, sensor = sent
    for rule in rules:
        names = ((rule.sensor, sent.sensor), (rule.metric, metric), (rule.column, column))
        if rule.since_us <= at_us < rule.until_us and all(not named or named == name for named, name in names):
            value = value * rule.factor + rule.offset
            unit, sensor = rule.unit or unit, rule.continues or sensor
    return Corrected(value, unit, sensor)
