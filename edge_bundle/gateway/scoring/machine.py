"""One machine as the gateway sees it: its buckets, its clock, which grid times wait to be scored."""

from __future__ import annotations

import json
from collections.abc import Iterable

from domain.alarm import IDLE, AlarmState

from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.features.buckets import Bucket
from edge_bundle.gateway.features.histories import EventHistory, MachineHistory
from edge_bundle.gateway.features.vector import FeatureBuilder, Vector
from edge_bundle.gateway.features.windows import Series
from edge_bundle.gateway.input.records import Event, Reading
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.scoring.alerts import NEVER, former_alarm
from edge_bundle.gateway.scoring.grid_runs import GridRuns

LeveledReading = tuple[Reading, int]


class Machine:
    """State of one machine.

    Attributes:
        events: What happened to it.
        master: What is true of it.
        factory_id: Factory of its latest reading.
        began_us: Begin of its first bucket; `NEVER` before that.
        clock_us: Latest time of an accepted reading.
        closed_us: Grid times up to this are closed; a reading of theirs is late.
        scored: Grid times whose score was sent; after the clock went back they come again, and are not sent again.
        stored_from_us: Older readings were forgotten; `NEVER` before that.
        events_from_us: Older events were forgotten, but for the last of each kind and code; `NEVER` before that.
        alarm: What the models' decisions have raised.
    """

    def __init__(self, machine_id: str, pipeline: Pipeline, builder: FeatureBuilder) -> None:
        self.machine_id = machine_id
        self.events, self.master = EventHistory(builder.asked_codes), MachineHistory()
        self.factory_id = ""
        self.began_us = self.clock_us = self.closed_us = NEVER
        self.stored_from_us = self.events_from_us = NEVER
        self.alarm = IDLE
        self._builder = builder
        self._bucket_us = pipeline.bucket_s * US
        self._every_us = pipeline.score_every_s * US
        self.scored = GridRuns(self._every_us)
        self._longest_us = pipeline.longest_window_s * US
        self._longest_count_us = pipeline.longest_event_window_s * US
        self._longest = pipeline.longest_window_s // pipeline.bucket_s
        self._series: dict[str, Series] = {}
        self._due: set[int] = set()
        self._saved: tuple[tuple[int, ...], AlarmState] | None = None

    def add(self, reading: Reading, level: int) -> bool:
        """Count a reading that is new; False where its grid time was scored already, so that it came late."""
        self._count(reading, level)
        return self._note(reading)

    def recount(self, readings: Iterable[LeveledReading]) -> None:
        """Build every bucket again, after the limits have changed.

        Args:
            readings: All stored readings of that machine from `needed_from_us` on, with their levels.
        """
        self._series.clear()
        for reading, level in readings:
            self._count(reading, level)

    def rebuild(self, metric: str, at_us: int, readings: Iterable[LeveledReading]) -> None:
        """Build the bucket of `metric` that holds `at_us` again, after one of its readings was replaced.

        Args:
            metric: Which series.
            at_us: Any time in the bucket.
            readings: All stored readings of that machine in the bucket, any metric, with their levels.
        """
        bucket = Bucket()
        for reading, level in readings:
            if reading.metric == metric:
                bucket.add(reading.resolution_steps, (reading.measured_us, reading.sensor_id), level)
                self._note(reading)
        self._series_of(metric).replace(at_us // self._bucket_us, bucket)

    def bucket_range(self, at_us: int) -> tuple[int, int]:
        """Begin and end of the bucket that holds `at_us`."""
        start_us = at_us // self._bucket_us * self._bucket_us
        return start_us, start_us + self._bucket_us

    def due_until(self, at_us: int) -> list[int]:
        """Grid times up to `at_us` that wait to be scored, in order."""
        if not self._due or min(self._due) > at_us:
            return []
        found = sorted(grid_us for grid_us in self._due if grid_us <= at_us)
        self._due.difference_update(found)
        return [grid_us for grid_us in found if self._has_data(grid_us)]

    def vector(self, at_us: int) -> Vector:
        """The feature vector at a grid time, which is closed by it."""
        row = self._builder.vector(self._series, self.events, self.master, at_us)
        self.closed_us = max(self.closed_us, at_us)
        first = at_us // self._bucket_us - self._longest
        for series in self._series.values():
            if len(series.buckets) > 2 * self._longest + 64:
                series.forget_before(first)
        return row

    def is_warming_up(self, at_us: int) -> bool:
        """Whether a window at `at_us` reaches back before the machine's first bucket, or to what was forgotten."""
        reaches_us = at_us - self._longest_us
        return (
            reaches_us < max(self.began_us, self.stored_from_us) or at_us - self._longest_count_us < self.events_from_us
        )

    def is_passed(self, event: Event) -> bool:
        """Whether an event is older than those stored and a later one replaces it; known or new, it changes nothing."""
        return self.events.is_passed(event.kind, event.code, event.occurred_us, self.events_from_us)

    def forget_before(self, stored_from_us: int, events_from_us: int) -> None:
        """Note that older readings are forgotten, and forget older events, but for the last of each kind and code."""
        self.stored_from_us, self.events_from_us = stored_from_us, events_from_us
        self.events.forget_before(events_from_us)

    def needed_from_us(self) -> int:
        """Oldest time of a reading that a later window can hold."""
        reaches_us = self.closed_us - self._longest_us if self.closed_us != NEVER else NEVER
        return max(reaches_us, self.stored_from_us)

    def state(self) -> str:
        """What a restart must know, beside the readings."""
        return json.dumps(
            {
                "factory_id": self.factory_id,
                "times": [self.began_us, self.clock_us, self.closed_us],
                "kept_from": [self.stored_from_us, self.events_from_us],
                "alarm": self.alarm.to_list(),
                "scored": self.scored.to_list(),
            }
        )

    def is_changed(self) -> bool:
        """Whether something of `state` changed since this was last asked that does not follow from the readings."""
        own = (self.began_us, self.closed_us, self.stored_from_us, self.events_from_us)
        is_changed = self._saved != (own, self.alarm)
        self._saved = (own, self.alarm)
        return is_changed

    def touch(self) -> None:
        """Let `is_changed` say so once."""
        self._saved = None

    def restore(self, state: str, now_us: int, evicted_us: int | None = None) -> None:
        """Set clocks and alarm as `state` had them; readings follow by `add`, from `needed_from_us` on.

        A state of before does not say what was forgotten; it is taken as if nothing was. Nor does it say which grid
        times were scored: all up to `now_us` that are closed, and the latest.

        Args:
            state: What `state` gave.
            now_us: The gateway's clock.
            evicted_us: Readings up to this time had to be given up; None where none were.
        """
        known = json.loads(state)
        self.factory_id = known["factory_id"]
        self.began_us, self.clock_us, self.closed_us = known["times"]
        self.stored_from_us, self.events_from_us = known.get("kept_from", (NEVER, NEVER))
        if evicted_us is not None:
            self.stored_from_us = max(self.stored_from_us, evicted_us + 1)
        if "alarm" in known:
            self.alarm = AlarmState.of_list(known["alarm"])
            self.scored.take(known["scored"])
            return
        _, severity, code, _ = known["standing"]
        self.alarm = former_alarm(severity, code, _former_level(severity, code))
        grid_us = now_us // self._every_us * self._every_us
        if self.closed_us != NEVER:
            self.scored.take([[NEVER, min(self.closed_us, grid_us)], [self.closed_us, self.closed_us]])

    def pass_by(self, grid_us: int) -> None:
        """Close a grid time that is not scored."""
        self.vector(grid_us)

    def latest_us(self) -> int:
        """The latest time that the machine's state names; `NEVER` for one without any."""
        return max(self.clock_us, self.closed_us)

    def is_ahead_of(self, now_us: int, ahead_us: int) -> bool:
        """Whether that is of another clock: no grid time closes before its time, no reading may be farther ahead."""
        return self.closed_us > now_us or self.clock_us > now_us + ahead_us

    def go_to(self, now_us: int, ahead_us: int) -> None:
        """Forget what a clock led to that was ahead; readings follow by `add`, from `needed_from_us` on.

        After a clock that was behind, what was scored before it counts as closed again.
        """
        grid_us = now_us // self._every_us * self._every_us
        if self.closed_us > now_us:
            self.closed_us = grid_us
        else:
            self.closed_us = max(self.closed_us, self.scored.last_until(now_us) or NEVER)
        self.clock_us = min(self.clock_us, now_us)
        if self.began_us > now_us + ahead_us:
            self.began_us = NEVER
        self.stored_from_us, self.events_from_us = min(self.stored_from_us, now_us), min(self.events_from_us, now_us)
        self._series.clear()
        self._due.clear()

    def _count(self, reading: Reading, level: int) -> None:
        bucket = self._series_of(reading.metric).bucket(reading.measured_us // self._bucket_us)
        bucket.add(reading.resolution_steps, (reading.measured_us, reading.sensor_id), level)

    def _note(self, reading: Reading) -> bool:
        """Move the clock, and let the reading's grid time wait for its score; False where it was scored already."""
        if self.began_us == NEVER:
            self.began_us = self.bucket_range(reading.measured_us)[0]
        if reading.measured_us >= self.clock_us:
            self.clock_us, self.factory_id = reading.measured_us, reading.factory_id
        grid_us = (reading.measured_us // self._every_us + 1) * self._every_us
        if grid_us <= self.closed_us:
            return False
        self._due.add(grid_us)
        return True

    def _series_of(self, metric: str) -> Series:
        series = self._series.get(metric)
        if series is None:
            series = self._series[metric] = Series(self._builder.window_lengths(metric))
        return series

    def _has_data(self, grid_us: int) -> bool:
        end = grid_us // self._bucket_us
        places = range(end - self._every_us // self._bucket_us, end)
        return any(place in series.buckets for series in self._series.values() for place in places)


def _former_level(severity: int, code: str) -> int:
    """The place in `decision.DECISIONS` that a code of a state of before comes from."""
    if severity != 1:
        return 3 if severity else 0
    return 2 if code == "MAINTENANCE" else 1
