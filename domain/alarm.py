"""One alarm from its raise to its clear, as a pure function of what was seen: on the device and in batch jobs.

An alarm is raised when its condition is seen, held while it lasts, and cleared after a quiet time. Whatever happens
between raise and clear is one alarm: a value that crosses its limit a thousand times raises one. Two means hold it:
a band inside the limit, in which a raised alarm stays raised, and the quiet time. Source: ANSI/ISA-18.2-2016 and
EEMUA 191, alarm deadband and off-delay.

Times are microseconds of one clock that the caller chooses. A clock that goes back counts as no time at all: the
durations so far are preserved, so a jump forward that is taken back never silences an alarm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

Announced = tuple[tuple[str, int], ...]
"""(code, gravest level announced since the raise), by code."""


@dataclass(frozen=True)
class AlarmRule:
    """How an alarm behaves.

    Attributes:
        clear_after_us: It clears when its condition was absent for this long.
        repeat_us: It is announced again while it lasts, this long after the last announcement.
        min_hold_us: It is held for at least this long.
        raise_after: Observations in a row that must show the condition; 1 raises at once.
    """

    clear_after_us: int
    repeat_us: int
    min_hold_us: int = 0
    raise_after: int = 1


class Change(Enum):
    """What an observation does to an alarm."""

    RAISED = "raised"
    WORSENED = "worsened"
    REPEATED = "repeated"
    EASED = "eased"
    CLEARED = "cleared"


@dataclass(frozen=True)
class Transition:
    """One change.

    Attributes:
        change: Which.
        at_us: When it happened.
        level: Level from then on; 0 for a clear.
        code: Rule that was announced; empty where none is.
    """

    change: Change
    at_us: int
    level: int
    code: str = ""

    @property
    def is_announced(self) -> bool:
        """Whether somebody is to be alerted."""
        return self.change in {Change.RAISED, Change.WORSENED, Change.REPEATED}


@dataclass(frozen=True)
class AlarmState:
    """What an alarm remembers.

    Attributes:
        level: Level that is raised; 0 while clear.
        announced: What was announced since the raise.
        raised_us: When it was raised.
        announced_us: Last announcement.
        quiet_us: For each level from 1 to `level`, since when it is absent; None while it is seen.
        pending: Observations in a row of something to announce.
        at_us: Last observation.
    """

    level: int = 0
    announced: Announced = ()
    raised_us: int = 0
    announced_us: int = 0
    quiet_us: tuple[int | None, ...] = ()
    pending: int = 0
    at_us: int = 0

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to remember."""
        return self.level == 0 and self.pending == 0

    def to_list(self) -> list[Any]:
        """Plain JSON values; `of_list` reads them."""
        announced = [list(pair) for pair in self.announced]
        return [self.level, announced, list(self.quiet_us), self.raised_us, self.announced_us, self.pending, self.at_us]

    @staticmethod
    def of_list(values: list[Any]) -> AlarmState:
        """The state that `to_list` wrote."""
        level, announced, quiet_us, raised_us, announced_us, pending, at_us = values
        pairs = tuple((str(code), int(grave)) for code, grave in announced)
        return AlarmState(level, pairs, raised_us, announced_us, tuple(quiet_us), pending, at_us)


IDLE = AlarmState()
"""An alarm that is clear."""


def observe(
    state: AlarmState, rule: AlarmRule, at_us: int, level: int, code: str = "", holds: int = 0
) -> tuple[AlarmState, tuple[Transition, ...]]:
    """The alarm after one observation.

    Args:
        state: The alarm before it.
        rule: How the alarm behaves.
        at_us: When it was observed.
        level: Level that is seen; 0 for none. A graver one is greater.
        code: Rule that fires; ignored where `level` is 0.
        holds: Level that is still seen by the limits drawn in by their band; at least `level` counts.

    Returns:
        The state, and the changes in order. A raise follows a clear, or is the first change of all; each code is
        announced once a level between the two, and again by `AlarmRule.repeat_us`.
    """
    state = _moved_to(state, at_us)
    state, passed = _after_quiet(state, rule, at_us)
    state, announced = _announced(state, rule, at_us, level, code)
    return _held(state, at_us, max(level, holds)), passed + announced


def _moved_to(state: AlarmState, at_us: int) -> AlarmState:
    """The state at another time; where the clock went back, all its times go back with it."""
    by_us = min(at_us - state.at_us, 0)
    if by_us == 0:
        return replace(state, at_us=at_us)
    quiet_us = tuple(None if since_us is None else since_us + by_us for since_us in state.quiet_us)
    raised_us, announced_us = state.raised_us + by_us, state.announced_us + by_us
    return replace(state, at_us=at_us, raised_us=raised_us, announced_us=announced_us, quiet_us=quiet_us)


def _after_quiet(state: AlarmState, rule: AlarmRule, at_us: int) -> tuple[AlarmState, tuple[Transition, ...]]:
    """Clear the alarm, or ease it to what is not absent for long, where a quiet time is over."""
    level, over_us = state.level, at_us
    while level:
        since_us = state.quiet_us[level - 1]
        if since_us is None or at_us < max(since_us + rule.clear_after_us, state.raised_us + rule.min_hold_us):
            break
        over_us = max(since_us + rule.clear_after_us, state.raised_us + rule.min_hold_us)
        level -= 1
    if level == state.level:
        return state, ()
    if level == 0:
        return AlarmState(at_us=at_us), (Transition(Change.CLEARED, over_us, 0),)
    announced = tuple((code, min(grave, level)) for code, grave in state.announced)
    eased = replace(state, level=level, announced=announced, quiet_us=state.quiet_us[:level])
    return eased, (Transition(Change.EASED, over_us, level),)


def _announced(
    state: AlarmState, rule: AlarmRule, at_us: int, level: int, code: str
) -> tuple[AlarmState, tuple[Transition, ...]]:
    """Announce what was not announced yet, or not for long."""
    announced = dict(state.announced)
    if level > announced.get(code, 0):
        if state.pending + 1 < rule.raise_after:
            return replace(state, pending=state.pending + 1), ()
        change = Change.WORSENED if state.level else Change.RAISED
        announced[code] = level
        raised_us = state.raised_us if state.level else at_us
        pairs = tuple(sorted(announced.items()))
        grown = replace(state, level=max(state.level, level), announced=pairs, raised_us=raised_us)
        return replace(grown, announced_us=at_us, pending=0), (Transition(change, at_us, grown.level, code),)
    state = replace(state, pending=0)
    if level > 0 and at_us - state.announced_us >= max(rule.repeat_us, 1):
        return replace(state, announced_us=at_us), (Transition(Change.REPEATED, at_us, state.level, code),)
    return state, ()


def _held(state: AlarmState, at_us: int, holds: int) -> AlarmState:
    """Note which levels are still seen."""
    if state.level == 0:
        return state
    before = state.quiet_us + (None,) * (state.level - len(state.quiet_us))
    quiet_us = tuple(
        None if holds >= level else (at_us if since_us is None else since_us)
        for level, since_us in enumerate(before, start=1)
    )
    return replace(state, quiet_us=quiet_us)
