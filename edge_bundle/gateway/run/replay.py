"""Files as input: what happened to machines first, then readings, in time order for each machine.

A file of readings must be in time order per machine; several such files are merged by the times at their heads. A
reading that comes after its grid time was scored still counts in later windows, and is counted as late.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Callable

from edge_bundle.format.pipeline import Pipeline, Source
from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.input.files import content_digest, identity, records, source_of
from edge_bundle.gateway.input.interpreter import Interpreter
from edge_bundle.gateway.input.records import Fault, Item, Reading
from edge_bundle.gateway.input.source_columns import other_units
from edge_bundle.gateway.input.times import check_zone
from edge_bundle.gateway.run.session import Session
from edge_bundle.gateway.scoring.alerts import NEVER
from edge_bundle.gateway.state.store import Store


@dataclass(frozen=True)
class ReplayFile:
    """A file to replay.

    Attributes:
        path: Where it is.
        source: What reads it; what its path says is constant there.
        digest: What tells it: `identity`.
        former: As which states of older code know it, by its content alone; empty of a second file of that content,
            which older code passed over.
    """

    path: Path
    source: Source
    digest: str
    former: str


TELL_EVERY = 10_000
"""Records from one line of progress to the next."""

_log = logging.getLogger(__name__)

# (time of its first reading, place of the file, records taken with it, items)
_Taken = tuple[int, int, int, list[Item]]


def files_of(pipeline: Pipeline, paths: Sequence[Path]) -> list[ReplayFile]:
    """The files with their sources; one content under two names is one file, unless two sources or paths read it.

    Raises:
        SourceError: No source of the bundle reads a file.
        ConfigError: A file's times are in a zone that this device does not know.
        OSError: A file cannot be read.
    """
    found: dict[str, ReplayFile] = {}
    contents = set[str]()
    for path in paths:
        content = content_digest(path)
        source = source_of(pipeline, path)
        if source.time is not None:
            check_zone(source.time)
        digest = identity(content, source, path)
        found.setdefault(digest, ReplayFile(path, source, digest, "" if content in contents else content))
        contents.add(content)
    return list(found.values())


class Replay:
    """Feeds files into a session, from where an earlier run stopped."""

    def __init__(self, pipeline: Pipeline, session: Session, store: Store, clock: Clock) -> None:
        self._pipeline, self._session, self._store, self._clock = pipeline, session, store, clock
        self._read = 0

    def run(self, files: Sequence[ReplayFile], max_line_bytes: int, must_stop: Callable[[], bool]) -> bool:
        """Take every record; False where `must_stop` ended it early."""
        first = [file for file in files if file.source.feed != "readings"]
        groups = [[file] for file in first]
        groups.append([file for file in files if file.source.feed == "readings"])
        return all(self._take(group, max_line_bytes, must_stop) for group in groups if group)

    def _take(self, files: Sequence[ReplayFile], max_line_bytes: int, must_stop: Callable[[], bool]) -> bool:
        streams = [self._stream(at, file, max_line_bytes) for at, file in enumerate(files)]
        merged = heapq.merge(*streams, key=lambda taken: taken[:3]) if len(streams) > 1 else iter(streams[0])
        for _, at, position, items in merged:
            # The position goes first: `take` may commit, and both must last together.
            self._session.at_position(files[at].digest, position)
            self._session.take(items)
            if must_stop():
                return False
        return True

    def _stream(self, at: int, file: ReplayFile, max_line_bytes: int) -> Iterator[_Taken]:
        done, is_done = self._position(file)
        if is_done:
            return
        time_us, position = self._head_us(file, max_line_bytes), done
        # Nothing yet: the merge opens a file only when its time has come, so that any number of files can be merged.
        yield time_us, at, position, []
        for items in islice(self._items(file, max_line_bytes), done, None):
            position += 1
            self._read += 1
            if self._read % TELL_EVERY == 0:
                _log.info("records %d", self._read)
            time_us = _time_of(items, time_us)
            yield time_us, at, position, items
        self._session.at_position(file.digest, position, is_done=True)

    def _position(self, file: ReplayFile) -> tuple[int, bool]:
        """How many records were taken, and whether it is done; a state of older code has it by the content alone."""
        found = self._store.position(file.digest)
        return self._store.position(file.former) if found == (0, False) and file.former else found

    def _head_us(self, file: ReplayFile, max_line_bytes: int) -> int:
        """Time of the first reading of a file."""
        with closing(self._items(file, max_line_bytes)) as heads:
            for items in heads:
                head_us = _time_of(items, NEVER)
                if head_us != NEVER:
                    return head_us
        return NEVER

    def _items(self, file: ReplayFile, max_line_bytes: int) -> Generator[list[Item], None, None]:
        interpreter = Interpreter(self._pipeline, file.source, self._clock)
        others = other_units(self._pipeline, file.source)
        for record in records(file.path, file.source, max_line_bytes, others):
            yield [record] if isinstance(record, Fault) else interpreter.read(record)


def _time_of(items: list[Item], otherwise_us: int) -> int:
    return next((item.measured_us for item in items if isinstance(item, Reading)), otherwise_us)
