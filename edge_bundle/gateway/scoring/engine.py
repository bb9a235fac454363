"""What an item does to the gateway: stored, counted, checked by rules, scored. Decisions over a store and an outbox.

Two clocks rule. A replay uses the times in its files. Live, three rules keep a wrong clock from poisoning the state:
a grid time closes by the earlier of the measured time and now; rules of limits use arrival; and after a clock went
back, what was ahead of it is out of use (`aside`), so that all is as before within one grid time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from domain.alarm import AlarmRule
from domain.conflicts import LATEST, VERSION

from edge_bundle.format.pipeline import MachineRecord
from edge_bundle.gateway.clocks.timekeeper import TimeKeeper
from edge_bundle.gateway.features.limits import StepLimits, step_limits
from edge_bundle.gateway.input.records import Event, Fault, Item, Reading
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.scoring.alerts import Alert
from edge_bundle.gateway.scoring.conflict import chosen_of
from edge_bundle.gateway.scoring.expiry import Expiry
from edge_bundle.gateway.scoring.identities import MIN_SENSORS, OTHERS
from edge_bundle.gateway.scoring.machine import Machine
from edge_bundle.gateway.scoring.machine_names import MachineNames, shown
from edge_bundle.gateway.scoring.machines import Machines
from edge_bundle.gateway.scoring.rules import Arrival, LimitRules
from edge_bundle.gateway.scoring.scoring import EngineContext, ScoreDesk
from edge_bundle.gateway.state import resolution_steps
from edge_bundle.gateway.state.columns import OPEN
from edge_bundle.gateway.state.retention import Memory

_MOST_LIMITS = 10_000
_EVER = 2**62


class Engine:
    """Takes items one by one; `save` before a commit of the store.

    Attributes:
        counts: Outcomes of the items since the last `save`.
        urgent: Critical alerts raised since the last `save`.
    """

    def __init__(self, context: EngineContext) -> None:
        """Take over the state.

        Raises:
            StateError: The bundle would read what is stored as other values.
        """
        self.counts: Counter[str] = Counter()
        self.urgent = 0
        self._context = context
        self._pipeline, self._config = context.pipeline, context.config
        self._rules = LimitRules(AlarmRule(self._config.clear_alert_s * US, self._config.repeat_alert_s * US))
        self._unmerged: dict[str, Machine] = {}
        self._limits: dict[tuple[str, str, str | None], StepLimits] = {}
        self._most_sources = max(MIN_SENSORS, 2 * len(context.pipeline.metrics))
        self._grace_us, self._ahead_us = self._config.grace_s * US, context.pipeline.ahead_s * US
        self._memory = Memory(context.pipeline, context.config)
        self._desk = ScoreDesk(context)
        factory_id = context.pipeline.machines[0].factory_id if context.pipeline.machines else context.pipeline.plant
        self._expiry = Expiry(context.scorer.bundle, context.scorer.expires_at, context.config, factory_id)
        self._time = TimeKeeper(context, self._memory.keep_us)
        self._sources = context.store.reading_store.sources
        self._names = MachineNames(self._sources)
        self._machines = Machines(context.pipeline, self._names)
        self._expiry.is_over_at(self._time.now_us())
        resolution_steps.hold(context.pipeline, context.store)
        self._restore()

    def accept(self, item: Item) -> None:
        """Take one item in."""
        self._look()
        if isinstance(item, Reading):
            self._accept_reading(self._names.stored(item, self._sources))
        elif isinstance(item, Event):
            self._accept_event(item)
        elif isinstance(item, Fault):
            self._accept_fault(item)
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

    @property
    def has_expired(self) -> bool:
        """Whether the bundle has expired, so that nothing is scored."""
        return self._expiry.is_over

    def close_until(self, at_us: int | None) -> None:
        """Score every grid time up to `at_us` that waits; all of them for None, the end of a replay."""
        self._look()
        self._look_at_expiry()
        for machine in self._machines.in_order():
            self._close(machine, _EVER if at_us is None else at_us)

    def touch_all(self) -> None:
        """Let the next `save` put the states of all machines and sensors."""
        self._machines.touch_all()
        self._rules.touched.update(self._rules.alarms)

    def save(self, *, is_merge: bool = False) -> None:
        """Put what changed into the store.

        A machine's clock and factory follow from its readings, so its state is put only where the rest of it changed,
        and once more before readings are merged.
        """
        self._look()
        store = self._context.store
        for name, machine in self._machines.touched.items():
            self._memory.forget(machine, store, self._time.age_us())
            if machine.is_changed():
                store.put_states("clocks", [(name, machine.state())])
        self._unmerged.update(self._machines.touched)
        if is_merge:
            store.put_states("clocks", [(name, machine.state()) for name, machine in self._unmerged.items()])
            self._unmerged.clear()
        put, drop = self._rules.rows()
        store.put_states("sensors", put)
        store.drop_sensors(drop)
        self._time.save()
        self._expiry.save(store)
        self._add_counts()
        for name, by in sorted(self.counts.items()):
            store.count(name, by)
        self.counts.clear()
        self._machines.touched.clear()
        self.urgent = 0

    def _add_counts(self) -> None:
        rules, desk = self._rules, self._desk
        counted = {
            "alerts_cleared": rules.cleared + desk.cleared,
            "unknown_sensor": rules.shared,
            "scores_repeated": desk.repeated,
        }
        self.counts.update({name: number for name, number in counted.items() if number})
        self.counts.update({name: number for name, number in self._time.counts.items() if number})
        self._time.counts.clear()
        rules.cleared = desk.cleared = rules.shared = desk.repeated = 0

    # Readings --------------------------------------------------------------------------------------------------

    def _accept_reading(self, reading: Reading) -> None:
        machine = self._machines.touch(reading.machine_id, reading.factory_id)
        if machine is None:
            self.counts["unknown_machine"] += 1
            return
        is_forgotten = reading.measured_us < machine.clock_us - self._time.age_us() - self._memory.keep_us
        if is_forgotten or self._context.store.is_evicted(reading.machine_id, reading.measured_us):
            self.counts["too_late"] += 1
            self._check_stray_limits(machine, reading)
            return
        limits = self._limits_of(machine, reading)
        stored = self._with_place(reading)
        if not limits.is_possible(reading.resolution_steps):
            self.counts["value_out_of_range"] += 1
        elif not self._context.store.add_reading(stored):
            self._settle(machine, stored)
            return
        else:
            self._close(machine, self._time.passed_us(reading) - self._grace_us)
            is_timely = machine.add(reading, limits.level(reading.resolution_steps))
            self.counts["accepted"] += 1
            if not is_timely:
                self.counts["late"] += 1
        self._check_limits(machine, reading, reading.measured_us)

    def _with_place(self, reading: Reading) -> Reading:
        """The reading as it is stored: one of a sensor too many uses a name that its machine's others have."""
        if self._context.store.has_place(reading, self._most_sources):
            return reading
        self.counts["unknown_sensor"] += 1
        return reading._replace(sensor_id=OTHERS, factory_id=OTHERS)

    def _accept_fault(self, fault: Fault) -> None:
        self.counts[fault.code] += 1
        if fault.reading is not None and self._context.is_live:
            reading = self._names.stored(fault.reading, self._sources)
            machine = self._machines.get(reading.machine_id, reading.factory_id)
            if machine is None:
                self.counts["unknown_machine"] += 1
            else:
                self._check_stray_limits(machine, reading)

    def _check_stray_limits(self, machine: Machine, reading: Reading) -> None:
        """Rules of limits for a live reading whose own time is of no use."""
        if self._context.is_live:
            self._check_limits(machine, reading, self._time.now_us())

    def _settle(self, machine: Machine, reading: Reading) -> None:
        """One key twice: `domain.conflicts` says which wins. A stream is one source; a later line is later."""
        before = self._context.store.stored(reading)
        if reading == before:
            self.counts["duplicate"] += 1
            if not self._time.aside.is_empty:
                # The clock went back: a new reading may bear the time of an old one.
                self._check_stray_limits(machine, reading)
            return
        keep = self._pipeline.metrics[reading.metric].keep
        chosen = chosen_of(before, reading, keep)
        is_superseded = keep in (LATEST, VERSION) and before.resolution_steps != OPEN
        self.counts["superseded" if is_superseded else "conflicting_value"] += 1
        if chosen != before:
            self._context.store.replace_reading(chosen)
            for machine_id in {reading.machine_id, before.machine_id}:
                other = self._machines.touch(machine_id)
                if other is not None:
                    self._rebuild(other, reading)
        self._check_limits(machine, reading, reading.measured_us)

    def _rebuild(self, machine: Machine, reading: Reading) -> None:
        start_us, end_us = machine.bucket_range(reading.measured_us)
        machine.rebuild(reading.metric, start_us, self._leveled(machine, start_us, end_us))

    def _needed(self, machine: Machine) -> Iterator[tuple[Reading, int]]:
        """All that later windows of a machine can hold, by the limits of now."""
        return self._leveled(machine, machine.needed_from_us(), _EVER)

    def _leveled(self, machine: Machine, start_us: int, end_us: int) -> Iterator[tuple[Reading, int]]:
        """Stored readings with their levels; not of metrics that only a former bundle knew, nor what lies aside."""
        end_us = min(end_us, self._time.aside.from_us + 1)
        for reading in self._context.store.readings(machine.machine_id, start_us, end_us):
            if reading.metric in self._pipeline.metrics:
                yield reading, self._limits_of(machine, reading).level(reading.resolution_steps)

    def _limits_of(self, machine: Machine, reading: Reading) -> StepLimits:
        key = (reading.metric, reading.machine_id, machine.master.current_model())
        found = self._limits.get(key)
        if found is None:
            if len(self._limits) >= _MOST_LIMITS:
                self._limits.clear()
            rule = self._pipeline.metrics[reading.metric]
            limits = rule.limits_for(shown(key[1]), key[2])
            found = self._limits[key] = step_limits(limits, rule.resolution, self._config.alert_band_frac)
        return found

    def _check_limits(self, machine: Machine, reading: Reading, raised_us: int) -> None:
        """Rules of limits, by arrival."""
        at_us = self._time.arrival_us(machine, reading)
        resolution = self._pipeline.metrics[reading.metric].resolution
        alert = self._rules.check(reading, self._limits_of(machine, reading), resolution, Arrival(at_us, raised_us))
        if alert is not None:
            self._raise(alert)

    def _close(self, machine: Machine, at_us: int) -> None:
        for grid_us in machine.due_until(at_us):
            self._machines.touched[machine.machine_id] = machine
            if self._expiry.is_over_at(self._time.now_us()):
                machine.pass_by(grid_us)
                self.counts["grid_times_without_bundle"] += 1
                continue
            repeated = self._desk.repeated
            alert = self._desk.score(machine, grid_us, self._time.now_us())
            self.counts["scores"] += self._desk.repeated == repeated
            if alert is not None:
                self._raise(alert)

    def _raise(self, alert: Alert) -> None:
        self._context.outbox.add("alerts", alert.fields(), self._time.stamp_us())
        self.counts["alerts"] += 1
        self.urgent += alert.severity > 1

    # Time ----------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Let time pass; where the clock went elsewhere, all machines go on from there, with what is in use."""
        if self._time.look(self._machines.by_id):
            self._go_to_now()

    def _go_to_now(self) -> None:
        for machine in self._machines.by_id.values():
            self._time.go_to_now(machine)
        for machine_id, machine in self._machines.by_id.items():
            self._machines.touched[machine_id] = machine
            for reading, level in self._needed(machine):
                machine.add(reading, level)

    def _look_at_expiry(self) -> None:
        alert = self._expiry.look(self._time.now_us(), self._time.running_us())
        if alert is not None:
            self._raise(alert)

    # Events, master data, states -----------------------------------------------------------------------------------

    def _accept_event(self, event: Event) -> None:
        event = event._replace(machine_id=self._names.key(event.machine_id, event.factory_id))
        machine = self._machines.get(event.machine_id, event.factory_id)
        if machine is None:
            self.counts["unknown_machine"] += 1
            return
        if machine.is_passed(event):
            self.counts["too_late"] += 1
            return
        is_new = machine.events.add(event.kind, event.code, event.occurred_us)
        if is_new:
            self._context.store.add_event(event)
        self.counts["events" if is_new else "duplicate_events"] += 1

    def _accept_master(self, record: MachineRecord) -> None:
        record = replace(record, machine_id=self._names.key(record.machine_id, record.factory_id))
        machine = self._machines.get(record.machine_id, record.factory_id)
        if machine is None:
            self.counts["unknown_machine"] += 1
            return
        former_model = machine.master.current_model()
        is_new = machine.master.add(record)
        if is_new:
            self._context.store.put_machine(record)
            oldest_us = machine.master.oldest_us()
            if oldest_us is not None:
                self._context.store.forget_machine_records(record.machine_id, oldest_us)
        if machine.master.current_model() != former_model:
            machine.recount(self._needed(machine))
        self.counts["machine_records" if is_new else "duplicate_machine_records"] += 1

    def _restore(self) -> None:
        """Take over the state; a machine that the bundle names is made when something is known of it."""
        store, now_us = self._context.store, self._time.latest_us()
        self._restore_histories()
        self._rules.restore(store.states("sensors"), is_other_boot=self._time.is_other_boot)
        self._expiry.restore(store)
        for machine_id, state in store.states("clocks"):
            machine = self._machines.get(machine_id)
            if machine is not None:
                machine.restore(state, now_us, store.evicted_us(machine_id))
                for reading, level in self._needed(machine):
                    machine.add(reading, level)
        if self._time.begin(self._machines.by_id):
            self._go_to_now()

    def _restore_histories(self) -> None:
        """Master data and events; an event that lies ahead of the clock is out of use."""
        store, last_us = self._context.store, self._time.aside.from_us
        for machine_id in self._pipeline.records_of:
            if store.has_readings_of(machine_id):
                self._machines.get(machine_id)
        for record in store.machines():
            machine = self._machines.get(record.machine_id)
            if machine is not None:
                machine.master.add(record)
        for event in store.events():
            machine = self._machines.get(event.machine_id)
            if machine is not None:
                add = machine.events.add if event.occurred_us <= last_us else machine.events.hide
                add(event.kind, event.code, event.occurred_us)
