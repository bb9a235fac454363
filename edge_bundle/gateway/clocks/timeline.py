"""How the wall clock has moved against time itself: its steps are found, and distinguished from time that passed.

Within a boot the monotonic clock says how much time passed; what the wall clock moved beside that is a step. Across
boots nothing says how long the device was off: what the wall clock moved counts as a step whole, which only makes the
gateway forget later. (boot id, monotonic, wall) are part of the state, so a restart finds a step as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.input.times import US

STEP_US = US
"""A smaller difference between two looks is drift or slewing; neither poisons anything."""
_MOST_STEPS = 64


@dataclass(frozen=True)
class Step:
    """The wall clock moved beside time.

    Attributes:
        by_us: How far; negative for back.
        before_us: Wall time that would have been without it.
        is_return: It takes the wall clock back to where earlier steps took it from.
    """

    by_us: int
    before_us: int
    is_return: bool


class Timeline:
    """Time of one gateway over all its runs.

    Attributes:
        now_us: Wall time of the last look, microseconds since epoch.
        steady_us: Time that the gateway has run in all, microseconds; never falls, and no clock can make it jump.
        is_other_boot: The device has started again since the state was written.
    """

    def __init__(self, clock: Clock, began_us: int, tolerance_us: int, memory_us: int) -> None:
        """Begin; `restore` follows where there is a state.

        Args:
            clock: The device's.
            began_us: A wall clock before this is not set: when the plant began.
            tolerance_us: Steps that cancel each other within this lead back to where they began.
            memory_us: How long a step counts as one that may be taken back.
        """
        self._clock, self._began_us = clock, began_us
        self._tolerance_us, self._memory_us = tolerance_us, memory_us
        self._jumps: list[tuple[int, int]] = []
        self._set_us: int | None = None
        self._set_steady_us = 0
        self.is_other_boot = False
        self.steady_us = 0
        self._mono_us = clock.monotonic_us()
        self.now_us = clock.wall_us()
        if self.is_set:
            self._note()

    @property
    def is_set(self) -> bool:
        """Whether the wall clock shows a time at all: one after the plant began."""
        return self.now_us >= self._began_us

    @property
    def is_known(self) -> bool:
        """Whether it is set, or ever was."""
        return self._set_us is not None

    def look(self) -> Step | None:
        """Let time pass; the step that the wall clock made since the last look, if any."""
        mono_us = self._clock.monotonic_us()
        self.now_us = self._clock.wall_us()
        if mono_us > self._mono_us:
            self.steady_us += mono_us - self._mono_us
        self._mono_us = mono_us
        if self.now_us < self._began_us:
            return None
        if self._set_us is None:
            # What was noted before is of a clock that showed nothing: it may seem as old as time.
            self._jumps.append((self.steady_us, self.now_us))
            self._note()
            return None
        expected_us = self._set_us + self.steady_us - self._set_steady_us
        by_us = self.now_us - expected_us
        self._note()
        return self._stepped(by_us, expected_us) if abs(by_us) > STEP_US else None

    def best_us(self) -> int:
        """The wall time, or where it is not set what it would be by the last one known; that one, across a boot."""
        if self.is_set or self._set_us is None:
            return self.now_us
        return self._set_us + self.steady_us - self._set_steady_us

    def doubt_us(self) -> int:
        """How much older than it is something of the last while can seem; ages are counted less this.

        That is the farthest forward that steps have led from any moment of `memory_us` until now.
        """
        farthest_us = sum_us = 0
        for _, by_us in reversed(self._recent()):
            sum_us += by_us
            farthest_us = max(farthest_us, sum_us)
        return farthest_us

    def state(self) -> str:
        """What a restart must know."""
        known = {
            "boot": self._clock.boot_id(),
            "monotonic_us": self._mono_us,
            "wall_us": self._set_us,
            "steady_us": self.steady_us,
            "wall_steady_us": self._set_steady_us,
            "steps": self._jumps,
        }
        return json.dumps(known, sort_keys=True)

    def restore(self, state: str) -> None:
        """Go on from a state; `look` then finds what happened since."""
        known = json.loads(state)
        passed_us = self._mono_us - known["monotonic_us"]
        self.is_other_boot = known["boot"] != self._clock.boot_id() or passed_us < 0
        self.steady_us, self._set_us = known["steady_us"], known["wall_us"]
        self._set_steady_us = known["wall_steady_us"]
        self._jumps = [(at_us, by_us) for at_us, by_us in known["steps"]]
        if not self.is_other_boot:
            self._mono_us = known["monotonic_us"]

    def _note(self) -> None:
        self._set_us, self._set_steady_us = self.now_us, self.steady_us

    def _recent(self) -> list[tuple[int, int]]:
        return [step for step in self._jumps if step[0] > self.steady_us - self._memory_us]

    def _stepped(self, by_us: int, expected_us: int) -> Step:
        is_return, total_us = False, by_us
        for _, earlier_us in reversed(self._recent()):
            total_us += earlier_us
            if abs(total_us) <= self._tolerance_us and (earlier_us < 0) != (by_us < 0):
                is_return = True
                break
        self._jumps.append((self.steady_us, by_us))
        while len(self._jumps) > _MOST_STEPS:
            (_, first_us), (at_us, second_us), *rest = self._jumps
            self._jumps = [(at_us, first_us + second_us), *rest]
        return Step(by_us, expected_us, is_return)
