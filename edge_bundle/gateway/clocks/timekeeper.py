"""The time that an engine uses: of the files in a replay, of this device live, and what follows from its steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from edge_bundle.format.digest import sha256_hex
from edge_bundle.gateway.clocks.ahead_of_clock import EVER, Aside
from edge_bundle.gateway.clocks.timeline import Step, Timeline
from edge_bundle.gateway.input.records import Event, Reading
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.scoring.machine import Machine
from edge_bundle.gateway.scoring.scoring import EngineContext

_NAME = "clock"
_SAVE_EVERY_US = 60 * US
"""How often the timeline is written down; within a boot an older one tells a step just as well."""


class TimeKeeper:
    """Answers for one engine. A replay has no steps: its clock may show any time, and nothing is ahead of it.

    Attributes:
        counts: Steps of the clock, and readings that are out of use for being ahead of it, since it was last cleared.
        aside: What is out of use.
    """

    def __init__(self, context: EngineContext, memory_us: int) -> None:
        """Take over the state; `begin` follows once the machines are there.

        Args:
            context: The engine's.
            memory_us: How long readings stay in the state.
        """
        self.counts: Counter[str] = Counter()
        self.aside = Aside(context.store)
        self._store, self._clock, self._is_live = context.store, context.clock, context.is_live
        self._ahead_us, self._memory_us = context.pipeline.ahead_s * US, memory_us
        self._time = Timeline(context.clock, context.pipeline.plant_began_us, self._ahead_us, memory_us)
        text = context.store.about(_NAME)
        if text and self._is_live:
            self._time.restore(text)
        self._first_step = self._time.look() if self._is_live else None
        self._save_us = 0

    @property
    def is_other_boot(self) -> bool:
        """Whether nobody knows how long the device was off before this run."""
        return self._is_live and self._time.is_other_boot

    def now_us(self) -> int:
        """The best known wall time, microseconds since epoch."""
        return self._time.best_us() if self._is_live else self._clock.wall_us()

    def stamp_us(self) -> int:
        """What a record that waits to be sent bears as its age, and the state's first number begins at.

        Where nobody knows the time it is of the boot: two states that begin so begin at two numbers, earlier than any
        that begins at a time.
        """
        if not self._is_live or self._time.is_known:
            return self.now_us()
        return int(sha256_hex(self._clock.boot_id().encode())[:12], 16)

    def latest_us(self) -> int:
        """No time in the state can be later than this; `EVER` where nothing says so."""
        return self._time.now_us if self._is_live and self._time.is_set else EVER

    def age_us(self) -> int:
        """What to take off an age; see `Timeline.doubt_us`."""
        return self._time.doubt_us() if self._is_live else 0

    def running_us(self) -> int:
        """Time that cannot jump; in a replay, which has none, the wall time."""
        return self._time.steady_us if self._is_live else self._clock.wall_us()

    def arrival_us(self, machine: Machine, reading: Reading) -> int:
        """When a reading came, by which alarms are held and cleared."""
        return self._time.steady_us if self._is_live else max(machine.clock_us, reading.measured_us)

    def passed_us(self, reading: Reading) -> int:
        """Up to when a reading closes grid times: no clock of a sensor closes one before its time."""
        return min(reading.measured_us, self._time.now_us) if self._is_live else reading.measured_us

    def begin(self, machines: Mapping[str, Machine]) -> bool:
        """The first look, when the machines are as the state has them; as `look`."""
        if not self._is_live or not self._time.is_set:
            return False
        if not self.aside.is_empty:
            self._store.bound_times(self.aside.from_us)
        changed = self._first_step is not None and self._stepped(self._first_step, machines)
        return self._go_back(self._time.now_us, machines) or changed

    def look(self, machines: Mapping[str, Machine]) -> bool:
        """Let time pass, within a transaction; whether the machines have to go on from another time."""
        if not self._is_live:
            return False
        step = self._time.look()
        changed = step is not None and self._stepped(step, machines)
        if not self.aside.is_empty and self._time.is_set:
            self._reach(machines)
        return changed

    def go_to_now(self, machine: Machine) -> None:
        """Let a machine go on from now; its readings follow."""
        machine.go_to(self._time.now_us, self._ahead_us)

    def save(self) -> None:
        """Write what a restart must know into the transaction."""
        if self._is_live and (self.counts["clock_steps"] or self._time.steady_us >= self._save_us):
            self._save_us = self._time.steady_us + _SAVE_EVERY_US
            self._store.put_about(_NAME, self._time.state())

    def _stepped(self, step: Step, machines: Mapping[str, Machine]) -> bool:
        self.counts["clock_steps"] += 1
        if step.by_us < 0:
            return self._go_back(step.before_us, machines)
        is_there = self._time.now_us + self._ahead_us >= self.aside.until_us
        if self.aside.is_empty or not (step.is_return or is_there):
            return False
        self.counts["ahead_of_clock"] -= self.aside.restore(machines)
        for machine in machines.values():
            machine.events.show()
        return True

    def _go_back(self, before_us: int, machines: Mapping[str, Machine]) -> bool:
        """The clock, or the state, was ahead of what the clock says now: take out of use what lies ahead."""
        now_us = self._time.now_us
        if not any(machine.is_ahead_of(now_us, self._ahead_us) for machine in machines.values()):
            return False
        until_us = max(before_us, *(machine.latest_us() for machine in machines.values())) + self._ahead_us
        from_us = now_us + self._ahead_us
        self.counts["ahead_of_clock"] += self.aside.begin(from_us, until_us, self._time.steady_us, machines)
        for machine in machines.values():
            machine.events.hide_after(from_us)
        return True

    def _reach(self, machines: Mapping[str, Machine]) -> None:
        at_us = self._time.now_us + self._ahead_us
        if at_us > self.aside.from_us:
            self.aside.reach(at_us, machines)
            self._drop_events(machines, self.aside.from_us)
        if self.aside.is_over(self._time.steady_us, self._memory_us):
            self._drop_events(machines, EVER)
            self.aside.drop(machines)

    def _drop_events(self, machines: Mapping[str, Machine], until_us: int) -> None:
        for machine_id, machine in machines.items():
            for kind, code, occurred_us in machine.events.drop_hidden(until_us):
                self._store.drop_event(Event(kind, machine_id, code, occurred_us))
