"""The gateway's memory: what it keeps of readings, machines and its own work, over a state file."""

from __future__ import annotations

import json
from collections.abc import Iterator

from edge_bundle.format.pipeline import MachineRecord
from edge_bundle.gateway.input.records import Event, Reading
from edge_bundle.gateway.state.delta import DROPPED, OutboxRow, SensorKey
from edge_bundle.gateway.state_file.journal_merge import TAKEN
from edge_bundle.gateway.state_file.state_file import StateFile


class Store(StateFile):
    """An open state. What is put becomes durable with the next `commit`, all of it or nothing."""

    # What is put -----------------------------------------------------------------------------------------------

    def add_reading(self, reading: Reading) -> bool:
        """Keep a reading; False where one of the same sensor, metric and time is stored."""
        return self.reading_store.add(reading, self._pending)

    def stored(self, reading: Reading) -> Reading:
        """The reading that is stored for the same sensor, metric and time.

        Raises:
            KeyError: There is none.
        """
        found = self.reading_store.find((reading.sensor_id, reading.metric), reading.measured_us)
        if found is None:
            raise KeyError(f"no reading of {reading.sensor_id} {reading.metric} at {reading.measured_us}")
        return found

    def replace_reading(self, reading: Reading) -> None:
        """Let a reading take the place of the one with its key."""
        self.reading_store.replace(reading, self._pending)

    def remove_reading(self, reading: Reading) -> None:
        """Take a stored reading back."""
        self.reading_store.remove(reading, self._pending)

    def has_place(self, reading: Reading, most: int) -> bool:
        """Whether a reading's sensor, metric and factory are known of its machine, or fewer than `most` are."""
        return self.reading_store.has_place(reading, most)

    def bound_times(self, to_us: int) -> None:
        """Let no time that only grows be later, after the clock went back."""
        for machine_id, at_us in self.reading_store.bound_times(to_us).items():
            self._put("REPLACE INTO horizons VALUES (?, ?)", machine_id, at_us)

    def raise_times(self, to_us: int) -> None:
        """Take back what `bound_times` did, or more: readings up to then may be stored already."""
        self.reading_store.raise_times(to_us)

    def readings(self, machine_id: str, start_us: int, end_us: int) -> Iterator[Reading]:
        """The readings of a machine with ``start_us <= measured_us < end_us``, by time."""
        return self.reading_store.of_machine(machine_id, start_us, end_us)

    def has_readings_of(self, machine_id: str) -> bool:
        """Whether readings of a machine were ever stored."""
        return bool(self.reading_store.sources.of_machine(machine_id))

    def latest(self) -> dict[SensorKey, int]:
        """Latest time of a stored reading of each sensor and metric, microseconds since epoch."""
        return self.reading_store.latest()

    def forget_readings(self, machine_id: str, before_us: int) -> None:
        """Drop the machine's readings older than `before_us`, as far as no younger one is stored with them."""
        self.reading_store.keep_from(machine_id, before_us)
        self._put("DELETE FROM segments WHERE machine_id = ? AND last_us < ?", machine_id, before_us)

    def evicted_us(self, machine_id: str) -> int | None:
        """Up to when readings of a machine had to be given up for want of space; None where none were."""
        return self.reading_store.evicted_us(machine_id)

    def is_evicted(self, machine_id: str, at_us: int) -> bool:
        """Whether the machine's readings of that time had to be given up for want of space."""
        return self.reading_store.is_evicted(machine_id, at_us)

    def add_event(self, event: Event) -> None:
        """Keep an event."""
        self._put("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", *event[:4])

    def forget_events(self, machine_id: str, before_us: int, but: list[tuple[str, str, int]]) -> None:
        """Drop the machine's events older than `before_us`, but for those of (kind, code, time) in `but`."""
        self._put("DELETE FROM events WHERE machine_id = ? AND occurred_us < ?", machine_id, before_us)
        for kind, code, occurred_us in but:
            self.add_event(Event(kind, machine_id, code, occurred_us))

    def drop_event(self, event: Event) -> None:
        """Forget one event."""
        condition = "kind = ? AND machine_id = ? AND code = ? AND occurred_us = ?"
        self._put(f"DELETE FROM events WHERE {condition}", *event[:4])  # noqa: S608  # fixed names

    def put_machine(self, record: MachineRecord) -> None:
        """Keep master data; it takes the place of a record of the same machine and time."""
        attributes = json.dumps(record.attributes, sort_keys=True)
        row = (record.machine_id, record.valid_from_us, record.factory_id, record.machine_model, attributes)
        self._put("REPLACE INTO machines VALUES (?, ?, ?, ?, ?)", *row)

    def forget_machine_records(self, machine_id: str, before_us: int) -> None:
        """Drop the machine's master data of before `before_us`."""
        self._put("DELETE FROM machines WHERE machine_id = ? AND valid_from_us < ?", machine_id, before_us)

    def put_states(self, table: str, rows: list[tuple[str, ...]]) -> None:
        """Keep states; `table` is clocks (machine_id, state) or sensors (sensor_id, metric, state)."""
        changes = self._pending.changes
        if table == "clocks":
            changes.clocks.update((machine_id, state) for machine_id, state in rows)
        else:
            changes.sensors.update({(sensor_id, metric): state for sensor_id, metric, state in rows})

    def drop_sensors(self, keys: list[SensorKey]) -> None:
        """Forget the states of sensors."""
        self._pending.changes.sensors.update(dict.fromkeys(keys, DROPPED))

    def put_about(self, name: str, value: str) -> None:
        """Let the state say something of itself."""
        self._put("REPLACE INTO about VALUES (?, ?)", name, value)

    def taken(self) -> int:
        """Lines of live input that are durable, since the state was made."""
        return self.counters().get(TAKEN, 0)

    def put_outbox(self, row: OutboxRow) -> None:
        """Keep a record that is to be sent, and its number."""
        self._pending.outbox.append(row)
        self._pending.changes.sequence = row[0]

    def put_taken(self, lines: int) -> None:
        """Keep how many lines of live input were taken since the state was made."""
        self._pending.changes.taken = lines

    def put_position(self, digest: str, records: int, *, is_done: bool) -> None:
        """Keep how far a file was read."""
        self._pending.changes.files[digest] = (records, is_done)

    def count(self, name: str, by: int) -> None:
        """Add to a counter."""
        self._pending.changes.counts[name] += by

    def _put(self, statement: str, *row: object) -> None:
        statements = self._pending.statements
        if statements and statements[-1][0] == statement:
            statements[-1][1].append(row)
        else:
            statements.append((statement, [row]))

    # What is stored ----------------------------------------------------------------------------------------------

    def floor(self) -> int:
        """The least build that a bundle loaded here may have; 0 until one has stated it."""
        return int(self.about("rollback_floor") or 0)

    def put_floor(self, build: int) -> None:
        """Keep the least build."""
        self.put_about("rollback_floor", str(build))

    def events(self) -> list[Event]:
        """Every event that is stored."""
        return [Event(*row) for row in self.rows("SELECT kind, machine_id, code, occurred_us FROM events")]

    def machines(self) -> Iterator[MachineRecord]:
        """All master data."""
        query = "SELECT machine_id, factory_id, valid_from_us, machine_model, attributes FROM machines"
        for machine_id, factory_id, valid_from_us, model, attributes in self.rows(query):
            yield MachineRecord(machine_id, factory_id, valid_from_us, model, json.loads(attributes))

    def states(self, table: str) -> list[tuple[str, ...]]:
        """The rows that `put_states` stored, as far as they are durable."""
        self._check_states()
        if table == "clocks":
            clocks = dict(self.rows("SELECT machine_id, state FROM clocks"))
            for _, changes in self.journal.rows:
                clocks.update(changes.clocks)
            return list(clocks.items())
        sensors = {(sensor, metric): state for sensor, metric, state in self.rows("SELECT * FROM sensors")}
        for _, changes in self.journal.rows:
            sensors.update(changes.sensors)
        return [(*key, state) for key, state in sensors.items() if state != DROPPED]

    def _check_states(self) -> None:
        """Put the file aside where a state in it is no JSON: a damage that SQLite cannot see."""
        rows = self.rows("SELECT state FROM clocks UNION ALL SELECT state FROM sensors")
        try:
            for (state,) in rows:
                json.loads(state or "null")
        except (ValueError, TypeError):
            self.repair()

    def counters(self) -> dict[str, int]:
        """Every counter by name."""
        with self.lock:
            return dict(sorted(self.journal.counters.items()))

    def position(self, digest: str) -> tuple[int, bool]:
        """How many records of a file were taken, and whether it is done."""
        for _, changes in reversed(self.journal.rows):
            if digest in changes.files:
                return changes.files[digest]
        rows = self.rows("SELECT records, is_done FROM files WHERE digest = ?", digest)
        return (rows[0][0], bool(rows[0][1])) if rows else (0, False)
