"""How long readings and events are stored, and the forgetting of what is older."""

from __future__ import annotations

from edge_bundle.format.pipeline import Pipeline
from edge_bundle.gateway.config import DAY_S, GatewayConfig
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.scoring.machine import Machine
from edge_bundle.gateway.state.store import Store


class Memory:
    """What a gateway need not remember of a machine any more.

    A score still to come is of a time later than the machine's clock less `keep_us`: a window of events before it
    begins no earlier than the longest of them before that.

    Attributes:
        keep_us: Readings older than the machine's clock by more than this come too late, and are forgotten. No less
            than what a score reaches back that waits for its grace.
    """

    def __init__(self, pipeline: Pipeline, config: GatewayConfig) -> None:
        needed_s = pipeline.longest_window_s + 2 * pipeline.score_every_s + config.grace_s
        self.keep_us = max(config.keep_readings_s, needed_s) * US
        self._events_us = self.keep_us + pipeline.longest_event_window_s * US

    def forget(self, machine: Machine, store: Store, doubt_us: int = 0) -> None:
        """Forget what is too old, in the state as well, a day's worth at a time; within the caller's transaction.

        Of each kind and code the last event before that stays: "hours since" may reach back to it for ever.

        Args:
            machine: Whose readings and events.
            store: The state.
            doubt_us: How far the clock went forward by steps that may be taken back; see `Timeline.doubt_us`.
        """
        stored_from_us = machine.clock_us - doubt_us - self.keep_us
        if stored_from_us - machine.stored_from_us <= DAY_S * US:
            return
        events_from_us = max(machine.clock_us - doubt_us - self._events_us, machine.events_from_us)
        store.forget_readings(machine.machine_id, stored_from_us)
        store.forget_events(machine.machine_id, events_from_us, machine.events.lasts_before(events_from_us))
        machine.forget_before(stored_from_us, events_from_us)
