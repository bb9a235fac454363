"""The road of an item through the gateway: kept, counted, judged, scored. Pure decisions over a store and an outbox."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple

from edge_bundle.format.pipeline import MachineRecord
from edge_bundle.gateway import steps
from edge_bundle.gateway.alerts import Alert, Standing
from edge_bundle.gateway.features import FeatureBuilder
from edge_bundle.gateway.limits import StepLimits, step_limits
from edge_bundle.gateway.machine import Machine
from edge_bundle.gateway.memory import Memory
from edge_bundle.gateway.records import Event, Fault, Item, Reading
from edge_bundle.gateway.rules import LimitRules
from edge_bundle.gateway.scoring import Parts, ScoreDesk
from edge_bundle.gateway.times import US


class Engine:
    """Takes items one by one. Call within a transaction of the store; `save` before its commit.

    Attributes:
        counts: What became of the items since the last `save`.
        urgent: Critical alerts raised since the last `save`.
    """

    def __init__(self, parts: Parts) -> None:
        """Take over the state.

        Raises:
            StateError: The bundle would read what is stored as other values.
        """
        self.counts: Counter[str] = Counter()
        self.urgent = 0
        self._parts = parts
        self._pipeline = parts.pipeline
        self._builder = FeatureBuilder(parts.pipeline)
        self._rules = LimitRules(parts.config.repeat_alert_s * US)
        self._machines: dict[str, Machine] = {}
        self._touched: dict[str, Machine] = {}
        self._unmerged: dict[str, Machine] = {}
        self._limits: dict[tuple[str, str, str | None], StepLimits] = {}
        self._grace_us = parts.config.grace_s * US
        self._memory = Memory(parts.pipeline, parts.config)
        self._desk = ScoreDesk(parts)
        steps.hold(parts.pipeline, parts.store)
        self._restore()

    def accept(self, item: Item) -> None:
        """Take one item in."""
        if isinstance(item, Reading):
            self._accept_reading(item)
        elif isinstance(item, Event):
            self._accept_event(item)
        elif isinstance(item, Fault):
            self.counts[item.code] += 1
        else:
            self._accept_master(item)

    @property
    def slowest_us(self) -> int:
        """Longest decision so far, microseconds."""
        return self._desk.slowest_us

    @property
    def over_budget(self) -> int:
        """Decisions so far that took longer than their budget."""
        return self._desk.over_budget

    def close_until(self, at_us: int | None) -> None:
        """Score every grid time up to `at_us` that waits; all of them for None, the end of a replay."""
        for machine in self._machines.values():
            self._close(machine, 2**62 if at_us is None else at_us)

    def touch_all(self) -> None:
        """Let the next `save` put the states of all machines and sensors."""
        for machine in self._machines.values():
            machine.touch()
        self._touched.update(self._machines)
        self._rules.touched.update(self._rules.standing)

    def save(self, *, is_merge: bool = False) -> None:
        """Put what changed into the store.

        A machine's clock and factory follow from its readings, so its state is put only where the rest of it changed,
        and once more before readings are merged.
        """
        store, rules = self._parts.store, self._rules
        for name, machine in self._touched.items():
            self._memory.forget(machine, store)
            if machine.is_changed():
                store.put_states("clocks", [(name, machine.state())])
        self._unmerged.update(self._touched)
        if is_merge:
            store.put_states("clocks", [(name, machine.state()) for name, machine in self._unmerged.items()])
            self._unmerged.clear()
        store.put_states("sensors", [(*key, json.dumps(astuple(rules.standing[key]))) for key in sorted(rules.touched)])
        for name, by in sorted(self.counts.items()):
            store.count(name, by)
        self.counts.clear()
        self._touched.clear()
        rules.touched.clear()
        self.urgent = 0

    # Readings --------------------------------------------------------------------------------------------------

    def _accept_reading(self, reading: Reading) -> None:
        machine = self._touch(reading.machine_id)
        is_forgotten = reading.measured_us < machine.clock_us - self._memory.keep_us
        if is_forgotten or self._parts.store.is_evicted(reading.machine_id, reading.measured_us):
            self.counts["too_late"] += 1
            return
        limits = self._limits_of(machine, reading)
        if not limits.is_possible(reading.steps):
            self.counts["value_out_of_range"] += 1
            self._judge(reading, limits)
        elif not self._parts.store.add_reading(reading):
            self._settle(reading)
        else:
            self._close(machine, reading.measured_us - self._grace_us)
            is_timely = machine.add(reading, limits.level(reading.steps))
            self.counts["accepted"] += 1
            if not is_timely:
                self.counts["late"] += 1
            self._judge(reading, limits)

    def _settle(self, reading: Reading) -> None:
        """One key twice: the largest steps stand, then the smallest machine and factory, whatever came first."""
        standing = self._parts.store.standing(reading)
        if reading == standing:
            self.counts["duplicate"] += 1
            return
        self.counts["conflicting_value"] += 1
        if _rank(reading) < _rank(standing):
            self._parts.store.replace_reading(reading)
            for machine_id in {reading.machine_id, standing.machine_id}:
                self._rebuild(self._touch(machine_id), reading)

    def _rebuild(self, machine: Machine, reading: Reading) -> None:
        start_us, end_us = machine.bucket_range(reading.measured_us)
        machine.rebuild(reading.metric, start_us, self._leveled(machine, start_us, end_us))

    def _needed(self, machine: Machine) -> Iterator[tuple[Reading, int]]:
        """All that later windows of a machine can hold, judged by the limits of now."""
        return self._leveled(machine, machine.needed_from_us(), 2**62)

    def _leveled(self, machine: Machine, start_us: int, end_us: int) -> Iterator[tuple[Reading, int]]:
        """Stored readings with their levels; those of a metric that only a former bundle knew are passed over."""
        for reading in self._parts.store.readings(machine.machine_id, start_us, end_us):
            if reading.metric in self._pipeline.metrics:
                yield reading, self._limits_of(machine, reading).level(reading.steps)

    def _limits_of(self, machine: Machine, reading: Reading) -> StepLimits:
        key = (reading.metric, reading.machine_id, machine.master.current_model())
        found = self._limits.get(key)
        if found is None:
            rule = self._pipeline.metrics[reading.metric]
            found = self._limits[key] = step_limits(rule.limits_for(key[1], key[2]), rule.resolution)
        return found

    def _judge(self, reading: Reading, limits: StepLimits) -> None:
        alert = self._rules.judge(reading, limits, self._pipeline.metrics[reading.metric].resolution)
        if alert is not None:
            self._raise(alert)

    def _close(self, machine: Machine, at_us: int) -> None:
        for grid_us in machine.due_until(at_us):
            self._touched[machine.machine_id] = machine
            alert = self._desk.score(machine, grid_us)
            self.counts["scores"] += 1
            if alert is not None:
                self._raise(alert)

    def _raise(self, alert: Alert) -> None:
        self._parts.outbox.add("alerts", alert.fields(), self._parts.clock.wall_us())
        self.counts["alerts"] += 1
        self.urgent += alert.severity > 1

    # Events, master data, states -----------------------------------------------------------------------------------

    def _accept_event(self, event: Event) -> None:
        machine = self._machine(event.machine_id)
        if machine.is_passed(event):
            self.counts["too_late"] += 1
            return
        is_new = machine.events.add(event.kind, event.code, event.occurred_us)
        if is_new:
            self._parts.store.add_event(event)
        self.counts["events" if is_new else "duplicate_events"] += 1

    def _accept_master(self, record: MachineRecord) -> None:
        machine = self._machine(record.machine_id)
        judged_by = machine.master.current_model()
        is_new = machine.master.add(record)
        if is_new:
            self._parts.store.put_machine(record)
        if machine.master.current_model() != judged_by:
            machine.recount(self._needed(machine))
        self.counts["machine_records" if is_new else "duplicate_machine_records"] += 1

    def _machine(self, machine_id: str) -> Machine:
        machine = self._machines.get(machine_id)
        if machine is None:
            machine = self._machines[machine_id] = Machine(machine_id, self._pipeline, self._builder)
        return machine

    def _touch(self, machine_id: str) -> Machine:
        machine = self._machine(machine_id)
        self._touched[machine_id] = machine
        return machine

    def _restore(self) -> None:
        store = self._parts.store
        for record in [*self._pipeline.machines, *store.machines()]:
            self._machine(record.machine_id).master.add(record)
        for event in store.events():
            self._machine(event.machine_id).events.add(event.kind, event.code, event.occurred_us)
        for sensor_id, metric, state in store.states("sensors"):
            self._rules.standing[(sensor_id, metric)] = Standing(*json.loads(state))
        for key, latest_us in store.latest().items():
            self._rules.note(key, latest_us)
        for machine_id, state in store.states("clocks"):
            machine = self._machine(machine_id)
            machine.restore(state, store.evicted_us(machine_id))
            for reading, level in self._needed(machine):
                machine.add(reading, level)


def _rank(reading: Reading) -> tuple[int, str, str]:
    """The smallest rank stands."""
    return -reading.steps, reading.machine_id, reading.factory_id
