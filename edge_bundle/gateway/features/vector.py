"""The feature vector of a machine at a grid time, by the bundle's own declarations: the numbers that gold has."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.availability import lag_us, reach_us

from edge_bundle.format.pipeline import MachineRecord, Pipeline
from edge_bundle.gateway.features.histories import EventHistory, MachineHistory, attribute_of
from edge_bundle.gateway.features.window_statistics import STATISTICS, Statistic
from edge_bundle.gateway.features.windows import Series

US_PER_S = 1_000_000
_MOST_NUMBERS = 10_000
US_PER_HOUR = 3.6e9
Vector = list[float]


@dataclass(frozen=True)
class _WindowGroup:
    """All statistics of one window of one metric: (place in the vector, function)."""

    metric: str
    length: int
    min_buckets: int
    resolution: float
    statistics: tuple[tuple[int, Statistic], ...]


class FeatureBuilder:
    """Builds vectors from a machine's series and histories.

    Attributes:
        asked_codes: (kind, code) of the events that features ask for; an empty code asks for all.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        """Compile the declarations of a checked pipeline."""
        self._bucket_s = pipeline.bucket_s
        self._bucket_us = pipeline.bucket_s * US_PER_S
        self._length = len(pipeline.features)
        self._groups = _window_groups(pipeline)
        self._events = [(at, rule) for at, rule in enumerate(pipeline.features) if rule.event_kind]
        self._attributes = [(at, rule) for at, rule in enumerate(pipeline.features) if rule.attribute]
        self._numbers: dict[str, float] = {}
        self.asked_codes = frozenset((rule.event_kind, rule.code) for _, rule in self._events)

    def window_lengths(self, metric: str) -> tuple[int, ...]:
        """Lengths, in buckets, of the windows that a metric's series needs."""
        return tuple(sorted({group.length for group in self._groups if group.metric == metric}))

    def vector(self, series: dict[str, Series], events: EventHistory, master: MachineHistory, at_us: int) -> Vector:
        """Float64 values in declared order, NaN where null; moves the windows to `at_us`.

        Args:
            series: By metric; a metric without readings may be absent.
            events: The machine's events; only those count that are known at `at_us`, see `domain.availability`.
            master: Its master data; what is valid at `at_us` counts.
            at_us: Grid time.
        """
        row = [math.nan] * self._length
        end = at_us // self._bucket_us
        for one in series.values():
            one.move_to(end)
        for group in self._groups:
            if group.metric in series:
                self._fill_group(row, group, series[group.metric])
        self._fill_events(row, events, at_us)
        self._fill_attributes(row, master.valid_at(at_us))
        return row

    def _fill_group(self, row: Vector, group: _WindowGroup, series: Series) -> None:
        window = series.windows[group.length]
        if window.filled < group.min_buckets:
            return
        for at, statistic in group.statistics:
            row[at] = statistic(window, series.buckets, group.resolution, self._bucket_s)

    def _fill_events(self, row: Vector, events: EventHistory, at_us: int) -> None:
        for at, rule in self._events:
            known_us = at_us - lag_us(rule.delay_s)
            if rule.kind == "event_count":
                start_us = at_us - reach_us(rule.window_s, rule.delay_s)
                row[at] = float(events.count(rule.event_kind, rule.code, start_us, known_us))
            else:
                last_us = events.last_before(rule.event_kind, rule.code, known_us)
                if last_us is not None:
                    row[at] = float(at_us - last_us) / US_PER_HOUR

    def _fill_attributes(self, row: Vector, record: MachineRecord | None) -> None:
        for at, rule in self._attributes:
            text = attribute_of(record, rule.attribute)
            if text is None:
                continue
            if rule.kind == "level":
                row[at] = 1.0 if text == rule.level else 0.0
            else:
                row[at] = self._number(text)

    def _number(self, text: str) -> float:
        if text not in self._numbers:
            if len(self._numbers) >= _MOST_NUMBERS:
                self._numbers.clear()
            self._numbers[text] = attribute_number(text)
        return self._numbers[text]


def attribute_number(text: str) -> float:
    """The text of an attribute as `silver.machines` reads it; NaN, in its canonical bits, where it is no number.

    ``1_0`` and figures of other scripts are Python's, not JSON's; infinity is a number, as it is there.
    """
    if "_" in text or not text.isascii():
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return math.nan if math.isnan(value) else value


def _window_groups(pipeline: Pipeline) -> list[_WindowGroup]:
    found: dict[tuple[str, int, int], list[tuple[int, Statistic]]] = {}
    for at, rule in enumerate(pipeline.features):
        if rule.kind == "window":
            key = (rule.metric, rule.window_s // pipeline.bucket_s, rule.min_buckets)
            found.setdefault(key, []).append((at, STATISTICS[rule.statistic]))
    return [
        _WindowGroup(metric, length, least, pipeline.metrics[metric].resolution, tuple(members))
        for (metric, length, least), members in found.items()
    ]
