"""Every reading that is stored: the newest in memory, the others in segments of the state file, machine by machine.

A reading later than all of its sensor is new without a look at the file. Others are looked for, the newest source of
truth first: memory, then segments from the last one back; so a reading that was replaced is simply put again.
"""

from __future__ import annotations

import sqlite3
import threading
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator

from edge_bundle.gateway.input.records import Reading
from edge_bundle.gateway.input.sources import Source, Sources
from edge_bundle.gateway.state.columns import GONE, OPEN, Columns, pack, unpack
from edge_bundle.gateway.state.delta import Delta, SensorKey
from edge_bundle.gateway.state.recent import Recent, SegmentRow

_CACHED_SEGMENTS = 64
_PUT_SOURCE = "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)"


class ReadingStore:
    """The readings of one state. All methods but `segment_rows` and `merged` are for the thread that takes readings.

    Attributes:
        sources: Who measured.
        merging: Readings that are on their way into segments; None where none are.
        is_suspect: Whether a segment could not be read; what it holds then counts as not there.
    """

    def __init__(self, connection: sqlite3.Connection, lock: threading.RLock) -> None:
        self.sources = Sources()
        self.merging: Recent | None = None
        self.is_suspect = False
        self._connection, self._lock = connection, lock
        self._recent = Recent()
        self._latest: dict[SensorKey, int] = {}
        self._stored_from: dict[str, int] = {}
        self._evicted: dict[str, int] = {}
        self._cache: OrderedDict[int, Columns] = OrderedDict()

    def load(self) -> None:
        """Read what the file says of sources and latest times."""
        for number, *names in self._connection.execute("SELECT * FROM sources ORDER BY id"):
            self.sources.put(number, Source(*names))
        for (body,) in self._connection.execute("SELECT body FROM latest"):
            columns = unpack(body)
            for number, at_us in zip(columns.sources, columns.times):
                self._note(self.sources[number], at_us)
        self._evicted.update(self._connection.execute("SELECT machine_id, evicted_us FROM horizons"))

    def load_journal(self, readings: Columns) -> None:
        """Take in the readings of one row of the journal."""
        self._recent.add_columns(readings)
        for number, at_us in zip(readings.sources, readings.times):
            self._note(self.sources[number], at_us)

    @property
    def unmerged(self) -> int:
        """Readings in memory that are not on their way into segments."""
        return self._recent.count

    def add(self, reading: Reading, delta: Delta) -> bool:
        """Take in a reading; False where one of the same sensor, metric and time is stored."""
        key, at_us = (reading[0], reading[1]), reading[2]
        latest_us = self._latest.get(key)
        if latest_us is None or at_us > latest_us:
            self._latest[key] = at_us
        elif self.find(key, at_us) is not None:
            return False
        self._put(self._number_of(reading, delta), at_us, reading[5], delta)
        return True

    def find(self, key: SensorKey, at_us: int) -> Reading | None:
        """The reading of a sensor, metric and time; None where none is stored. Its steps are `OPEN` in a conflict."""
        for number in self.sources.of_key(key):
            resolution_steps = self._resolution_steps(number, at_us)
            if resolution_steps is not None and resolution_steps != GONE:
                return self._reading(number, at_us, resolution_steps)
        return None

    def replace(self, reading: Reading, delta: Delta) -> None:
        """Put a reading in the place of the one with its key."""
        found = self.find((reading[0], reading[1]), reading[2])
        number = self._number_of(reading, delta)
        if found is not None and (found.machine_id, found.factory_id) != (reading.machine_id, reading.factory_id):
            self._put(self._number_of(found, delta), reading[2], GONE, delta)
        self._put(number, reading[2], reading[5], delta)

    def remove(self, reading: Reading, delta: Delta) -> None:
        """Take a reading back."""
        self._put(self._number_of(reading, delta), reading[2], GONE, delta)

    def has_place(self, reading: Reading, most: int) -> bool:
        """Whether a reading's source is known, or its machine has fewer than `most`."""
        source = Source(reading[0], reading[1], reading[3], reading[4])
        return self.sources.has(source) or len(self.sources.of_machine(reading[3])) < most

    def bound_times(self, to_us: int) -> dict[str, int]:
        """Let no latest time be later: of a clock that was ahead it would make every new reading one to look for.

        Returns:
            By machine, until when readings count as given up, where that changed.
        """
        self._latest.update({key: to_us for key, at_us in self._latest.items() if at_us > to_us})
        changed = {machine_id: to_us for machine_id, at_us in self._evicted.items() if at_us > to_us}
        self._evicted.update(changed)
        return changed

    def raise_times(self, to_us: int) -> None:
        """Let no latest time be earlier, so that every new reading is looked for."""
        self._latest.update({key: to_us for key, at_us in self._latest.items() if at_us < to_us})

    def of_machine(self, machine_id: str, start_us: int, end_us: int) -> Iterator[Reading]:
        """The readings of a machine with ``start_us <= measured_us < end_us``, by time."""
        resolution_steps: dict[tuple[int, int], int] = {}
        for columns in self._segments(machine_id, start_us, end_us):
            first, last = bisect_left(columns.times, start_us), bisect_left(columns.times, end_us)
            places = zip(columns.times[first:last], columns.sources[first:last])
            resolution_steps.update(zip(places, columns.resolution_steps[first:last]))
        for recent in (self.merging, self._recent):
            if recent is not None:
                for number in self.sources.of_machine(machine_id):
                    own = recent.of_source(number, start_us, end_us)
                    resolution_steps.update(((at_us, number), value) for at_us, value in own)
        for (at_us, number), value in sorted(resolution_steps.items()):
            if value not in (GONE, OPEN):
                yield self._reading(number, at_us, value)

    def latest(self) -> dict[SensorKey, int]:
        """Latest time of a reading of each sensor and metric."""
        return self._latest

    def is_evicted(self, machine_id: str, at_us: int) -> bool:
        """Whether readings of that time had to be given up for want of space."""
        return at_us <= self._evicted.get(machine_id, at_us - 1)

    def evicted_us(self, machine_id: str) -> int | None:
        """The latest time of a machine's readings that were given up; None where none were."""
        return self._evicted.get(machine_id)

    def keep_from(self, machine_id: str, at_us: int) -> None:
        """Note that a machine's older readings need not reach a segment."""
        self._stored_from[machine_id] = at_us

    def give_up(self, readings: Columns) -> None:
        """Forget readings that could not be stored."""
        for number, at_us in zip(readings.sources, readings.times):
            self._recent.drop(number, at_us)
            self.note_evicted(self.sources[number].machine_id, at_us)

    def note_evicted(self, machine_id: str, at_us: int) -> None:
        """Note that a machine's readings up to a time were given up."""
        self._evicted[machine_id] = max(at_us, self._evicted.get(machine_id, at_us))

    def reopened(self, connection: sqlite3.Connection) -> None:
        """Go on with another file; under the lock."""
        self._connection, self.is_suspect = connection, False
        self._cache.clear()

    def merging_columns(self) -> Columns:
        """The readings that are on their way into segments."""
        return self.merging.columns() if self.merging is not None else Columns()

    def recent_columns(self) -> Columns:
        """The readings that are in memory only, and in the journal."""
        return self._recent.columns()

    def forget_cached(self) -> None:
        """Forget segments that were read; under the lock, after some were deleted."""
        self._cache.clear()

    # Merging ---------------------------------------------------------------------------------------------------

    def start_merge(self) -> bytes:
        """Set the readings in memory aside for segments; what the table `latest` is to hold."""
        self.merging, self._recent = self._recent, Recent()
        columns = Columns()
        for key, at_us in self._latest.items():
            columns.add(self.sources.of_key(key)[0], at_us, 0)
        return pack(columns)

    def segment_rows(self) -> list[SegmentRow]:
        """The segments to write."""
        stored_from = self._stored_from
        if self.merging is None:
            return []
        return list(
            self.merging.segments(self.sources, lambda machine, at_us: at_us >= stored_from.get(machine, at_us))
        )

    def merged(self) -> None:
        """Note that the segments are written."""
        self.merging = None

    # Parts -----------------------------------------------------------------------------------------------------

    def _put(self, number: int, at_us: int, resolution_steps: int, delta: Delta) -> None:
        self._recent.add(number, at_us, resolution_steps)
        delta.readings.add(number, at_us, resolution_steps)

    def _number_of(self, reading: Reading, delta: Delta) -> int:
        known = len(self.sources)
        number = self.sources.number_of(Source(reading[0], reading[1], reading[3], reading[4]))
        if number == known:
            delta.statements.append((_PUT_SOURCE, [(number, *self.sources[number])]))
        return number

    def _note(self, source: Source, at_us: int) -> None:
        key = (source.sensor_id, source.metric)
        latest_us = self._latest.get(key)
        if latest_us is None or at_us > latest_us:
            self._latest[key] = at_us

    def _resolution_steps(self, number: int, at_us: int) -> int | None:
        for recent in (self._recent, self.merging):
            resolution_steps = recent.get(number, at_us) if recent is not None else None
            if resolution_steps is not None:
                return resolution_steps
        for columns in reversed(self._segments(self.sources[number].machine_id, at_us, at_us + 1)):
            first, last = bisect_left(columns.times, at_us), bisect_right(columns.times, at_us)
            for place in range(first, last):
                if columns.sources[place] == number:
                    return columns.resolution_steps[place]
        return None

    def _segments(self, machine_id: str, start_us: int, end_us: int) -> list[Columns]:
        """Segments of a machine that may hold readings of a time, the oldest written first."""
        with self._lock:
            try:
                found = self._connection.execute(
                    "SELECT id FROM segments WHERE machine_id = ? AND last_us >= ? AND first_us < ? ORDER BY id",
                    (machine_id, start_us, end_us),
                ).fetchall()
                return [self._segment(number) for (number,) in found]
            except (sqlite3.DatabaseError, ValueError):
                self.is_suspect = True
                return []

    def _segment(self, number: int) -> Columns:
        columns = self._cache.get(number)
        if columns is None:
            (body,) = self._connection.execute("SELECT body FROM segments WHERE id = ?", (number,)).fetchone()
            columns = self._cache[number] = unpack(body)
            if len(self._cache) > _CACHED_SEGMENTS:
                self._cache.popitem(last=False)
        return columns

    def _reading(self, number: int, at_us: int, resolution_steps: int) -> Reading:
        source = self.sources[number]
        return Reading(source.sensor_id, source.metric, at_us, source.machine_id, source.factory_id, resolution_steps)
