"""Items in commits: every so many records, or moments, all that they changed becomes durable at once."""

from __future__ import annotations

from collections.abc import Iterable

from edge_bundle.gateway.input.records import Item
from edge_bundle.gateway.input.times import US
from edge_bundle.gateway.run.committer import Committer
from edge_bundle.gateway.scoring.engine import Engine
from edge_bundle.gateway.scoring.scoring import EngineContext
from edge_bundle.gateway.state_file.damage_alert import raise_damage_alert


class Session:
    """One run over a store: an engine, and when its changes are committed.

    Attributes:
        engine: What takes the items.
        lines: Lines of live input taken since the state was made.
    """

    def __init__(self, context: EngineContext, committer: Committer) -> None:
        self.engine = Engine(context)
        self.lines = context.store.taken()
        self._context, self._committer = context, committer
        self._positions: dict[str, tuple[int, bool]] = {}
        self._taken = 0
        self._committed_us = context.clock.monotonic_us()

    def take(self, items: Iterable[Item]) -> None:
        """Take the items of one record; commits when enough have come."""
        for item in items:
            self.engine.accept(item)
        self._taken += 1
        if self._taken >= self._context.config.commit_every:
            self.commit()

    def take_line(self, items: Iterable[Item]) -> None:
        """As `take`, for a line of live input."""
        self.lines += 1
        self.take(items)

    def at_position(self, digest: str, records: int, *, is_done: bool = False) -> None:
        """Note how far a file was taken; it becomes durable with the next commit."""
        self._positions[digest] = (records, is_done)

    @property
    def due_us(self) -> int:
        """When the next commit is due, by the monotonic clock."""
        return self._committed_us + int(self._context.config.commit_s * US)

    def commit_when_due(self) -> None:
        """Commit where an alert is urgent, or records, scores or what could not be sent wait too long.

        While a commit is under way nothing is due: what comes meanwhile is of the next one.
        """
        if self._committer.is_busy:
            return
        is_late = self._context.clock.monotonic_us() >= self.due_us
        if self.engine.urgent or (is_late and self._has_waiting()):
            self.commit()

    def commit(self, *, is_last: bool = False) -> None:
        """Make all durable, then send what waits; what could not be sent and is too old is dropped, counted."""
        store, config = self._context.store, self._context.config
        for digest, (records, is_done) in self._positions.items():
            store.put_position(digest, records, is_done=is_done)
        if self.lines != store.taken():
            store.put_taken(self.lines)
        is_merge = store.is_merge_due(config.merge_readings, config.merge_commits)
        if store.damage:
            raise_damage_alert(self._context, store.damage)
            store.damage = None
        if store.must_put_all:
            store.must_put_all = False
            self.engine.touch_all()
        self.engine.save(is_merge=is_merge)
        self._positions.clear()
        self._taken, self._committed_us = 0, self._context.clock.monotonic_us()
        self._committer.do(store.take_for_merge() if is_merge else store.take(), is_last=is_last)

    def finish(self) -> None:
        """Commit and send for the last time."""
        self.commit(is_last=True)

    def _has_waiting(self) -> bool:
        context = self._context
        return bool(self._taken or self.engine.counts or context.outbox.size_bytes or context.store.is_behind)
