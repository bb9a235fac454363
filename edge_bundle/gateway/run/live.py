"""Live input: lines until they end, and the clock, which closes grid times so that a silent machine is scored too.

While lines come, grid times are closed once a second, up to the newest time that the lines of that second have: what
the stream has passed, never what may still be in it. Where that time lies further behind the clock than the
profile lets a clock be wrong, a backlog is being read, perhaps machine after machine, and the clock closes nothing.
Where no line tells a time, and in silence, the clock closes alone. Within all this late sensors fit in by the grace.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Callable

from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.input.records import Event, Fault, Item, Reading
from edge_bundle.gateway.input.stdin_feed import LineReader, blocks
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.scoring.scoring import EngineContext

_LOOK_US = US // 100
"""Longest time between two looks at whether something is due, while lines come."""


class StreamTime:
    """The newest time that was reported since somebody last asked."""

    def __init__(self, tolerance_us: int) -> None:
        """Begin; a newest time further behind the clock than `tolerance_us` is of a backlog."""
        self._tolerance_us = tolerance_us
        self._newest_us: int | None = None

    def note(self, items: Iterable[Item]) -> None:
        """See what a line held; faults and master data tell no time."""
        for item in items:
            if isinstance(item, (Reading, Event)):
                at_us = item.measured_us if isinstance(item, Reading) else item.occurred_us
                self._newest_us = at_us if self._newest_us is None else max(self._newest_us, at_us)

    def passed_us(self, now_us: int) -> int | None:
        """Up to when everything has been read, microseconds since epoch; None within a backlog. Begins again."""
        newest_us, self._newest_us = self._newest_us, None
        if newest_us is None:
            return now_us
        return min(newest_us, now_us) if newest_us >= now_us - self._tolerance_us else None


class Timer:
    """True once in so many seconds.

    Attributes:
        due_us: When it is true next, by the monotonic clock.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._every_us, self._clock = int(seconds * US), clock
        self.due_us = clock.monotonic_us() + self._every_us

    def __call__(self) -> bool:
        """Whether the time has passed since the last True."""
        now_us = self._clock.monotonic_us()
        is_due = now_us >= self.due_us
        if is_due:
            self.due_us = now_us + self._every_us
        return is_due


class LiveLines:
    """Lines into a session, and when grid times are closed and changes committed between them."""

    def __init__(self, context: EngineContext, session: Session) -> None:
        self._config, self._clock, self._session = context.config, context.clock, session
        self._reader, self._stream = (
            LineReader(context.pipeline, context.clock),
            StreamTime(context.pipeline.ahead_s * US),
        )
        self._is_close_due = Timer(context.config.close_every_s, context.clock)
        self._look_us = context.clock.monotonic_us()

    def take(self, line: bytes | Fault) -> None:
        """Take a line, or what is wrong with one; then do what is due."""
        items = [line] if isinstance(line, Fault) else self._reader.read(line)
        self._session.take_line(items)
        self._stream.note(items)
        if self._session.engine.urgent or self._clock.monotonic_us() >= self._look_us:
            if self._is_close_due():
                self._close(self._stream.passed_us(self._clock.wall_us()))
            self._look()

    def silence(self) -> None:
        """Do what is due while nothing comes: the clock alone closes grid times."""
        self.end()
        self._look()

    def end(self) -> None:
        """Close what is due by the clock."""
        self._close(self._clock.wall_us())

    def _look(self) -> None:
        self._session.commit_when_due()
        self._look_us = min(self._clock.monotonic_us() + _LOOK_US, self._is_close_due.due_us, self._session.due_us)

    def _close(self, passed_us: int | None) -> None:
        if passed_us is not None:
            self._session.engine.close_until(passed_us - self._config.grace_s * US)


def serve(context: EngineContext, session: Session, handle: int, must_stop: Callable[[], bool]) -> None:
    """Take every line of a file descriptor, until its end or `must_stop`."""
    lines, config = LiveLines(context, session), context.config
    for block in blocks(handle, min(1.0, config.commit_s or 1.0), config.max_line_bytes):
        if not block:
            lines.silence()
        for line in block:
            lines.take(line)
            if must_stop():
                return
        if must_stop():
            return
    lines.end()
