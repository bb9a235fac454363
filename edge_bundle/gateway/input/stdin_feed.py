"""Live input: JSON Lines in the lakehouse's own columns on a file descriptor, with a tick while nothing comes.

A line is a reading, or of the feed that its key ``feed`` names: machines, maintenance, failures, errors.
"""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

from domain.record import reasons
from domain.record.text_lines import is_too_long

from edge_bundle.format.pipeline import FEEDS, Pipeline
from edge_bundle.gateway.clocks.clock import Clock
from edge_bundle.gateway.input.files import json_record
from edge_bundle.gateway.input.interpreter import Interpreter
from edge_bundle.gateway.input.own_columns import own_source
from edge_bundle.gateway.input.records import Fault, Item

_READ_BYTES = 16_384
"""About a hundred readings: commits and clocks are looked at between two blocks."""


class LineReader:
    """Turns lines into items."""

    def __init__(self, pipeline: Pipeline, clock: Clock) -> None:
        self._interpreters: dict[str, Interpreter] = {
            feed: Interpreter(pipeline, own_source(feed), clock) for feed in FEEDS
        }

    def read(self, line: bytes) -> list[Item]:
        """The items of one line; none of a blank one."""
        if not line.strip():
            return []
        record = json_record(line)
        if isinstance(record, Fault):
            return [record]
        feed = record.pop("feed", "readings")
        if not isinstance(feed, str) or feed not in self._interpreters:
            return [Fault("unknown_feed", f"{str(feed)[:80]!r}; legal: {', '.join(FEEDS)}")]
        return self._interpreters[feed].read(record)


def blocks(handle: int, tick_s: float, max_line_bytes: int) -> Iterator[list[bytes | Fault]]:
    """Lines as they come, those that came together in one list; an empty list at each tick without one.

    A line that is too long is a Fault.

    Args:
        handle: File descriptor to read.
        tick_s: Longest silence before an empty list.
        max_line_bytes: Longest legal line.
    """
    rest, is_skipping = b"", False
    while True:
        if not select.select([handle], [], [], tick_s)[0]:
            yield []
            continue
        block = os.read(handle, _READ_BYTES)
        found: list[bytes | Fault] = []
        *whole, rest = (rest + block).split(b"\n")
        if whole and is_skipping:
            del whole[0]
            is_skipping = False
        found += (bounded(line, max_line_bytes) for line in whole)
        if len(rest.removesuffix(b"\r")) > max_line_bytes:
            if not is_skipping:
                found.append(_too_long(max_line_bytes))
            rest, is_skipping = b"", True
        if not block and rest and not is_skipping:
            found.append(rest)
        if found:
            yield found
        if not block:
            return


def bounded(line: bytes, max_line_bytes: int) -> bytes | Fault:
    """The line, or what is wrong with one that is too long."""
    return _too_long(max_line_bytes) if is_too_long(line, max_line_bytes) else line


def _too_long(max_line_bytes: int) -> Fault:
    return Fault(reasons.LINE_TOO_LONG, f"a line has more than {max_line_bytes} bytes")
