"""The last line of a file that its source appends to: half of it waits until it is whole, or the file has settled."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bronze import magic
from bronze.files import Landed, mappings_of
from expectations.mapping.containers import split_member
from expectations.mapping.mapping import Mapping
from jobs.ingest.landing import locate
from lakehouse.storage.protocol import Storage

_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class WholeLines:
    """Files up to their last whole line.

    Attributes:
        ready: The files as they may be read; of those that are appended to, up to the end of the last line.
        halves: Paths whose last line waits.
    """

    ready: tuple[Landed, ...]
    halves: tuple[str, ...]


def whole_lines(landing: Storage, files: Iterable[Landed], mappings: Sequence[Mapping], now_us: int) -> WholeLines:
    """Cut files of mappings with `appended` where their last line is not whole.

    Args:
        landing: The landing folder.
        files: New files.
        mappings: Those that can be used.
        now_us: The wall clock, microseconds since the epoch.
    """
    ready, halves = [], []
    for file in files:
        found = mappings_of(file.path, mappings)  # those that read together agree on `appended`
        size = _whole(landing, file, found[0] if found else None, now_us)
        if size or not file.size:
            ready.append(replace(file, size=size) if size != file.size else file)
        if size != file.size:
            halves.append(file.path)
    return WholeLines(tuple(ready), tuple(halves))


def _whole(landing: Storage, file: Landed, mapping: Mapping | None, now_us: int) -> int:
    """The bytes of a file that may be read."""
    if mapping is None or not mapping.appended or not file.size or split_member(file.path):
        return file.size
    settled_us = mapping.settled_after_s * 1_000_000
    if settled_us and file.modified_us + settled_us <= now_us:
        return file.size
    try:
        with landing.open(locate(landing, file.path)) as stream:
            return file.size if stream.read(magic.LONGEST).startswith(magic.COMPRESSED) else _end(stream, file.size)
    except OSError:  # gone or not to be read: whoever opens it next reports it
        return file.size


def _end(stream: io.RawIOBase, size: int) -> int:
    """Where the last line with an end ends; 0 where there is none."""
    end = size
    while end:
        begin = max(0, end - _BLOCK)
        stream.seek(begin)
        found = (stream.read(end - begin) or b"").rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
