"""Readings as three columns of whole numbers, and the bytes that hold them in the state file.

The bytes of one significance lie together: those of high significance hardly change from one reading to the next, so
the compressor leaves little of them.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from dataclasses import dataclass, field

_COUNT = struct.Struct("<I")
_SOURCE_BYTES, _WIDE_BYTES = 4, 8


def _sources() -> array[int]:
    return array("I")


def _wide() -> array[int]:
    return array("q")


@dataclass
class Columns:
    """Readings, one at the same place of each column.

    Attributes:
        sources: Number of the reading's source, see `sources.Sources`.
        times: When it was measured, microseconds since epoch.
        resolution_steps: The value in steps of the metric's resolution; `GONE` where a reading was taken back.
    """

    sources: array[int] = field(default_factory=_sources)
    times: array[int] = field(default_factory=_wide)
    resolution_steps: array[int] = field(default_factory=_wide)

    def __len__(self) -> int:
        return len(self.times)

    def add(self, source: int, at_us: int, resolution_steps: int) -> None:
        """Append one reading."""
        self.sources.append(source)
        self.times.append(at_us)
        self.resolution_steps.append(resolution_steps)

    def extend(self, later: Columns) -> None:
        """Append the readings of other columns."""
        self.sources.extend(later.sources)
        self.times.extend(later.times)
        self.resolution_steps.extend(later.resolution_steps)

    def first(self, count: int) -> Columns:
        """The first `count` readings."""
        return Columns(self.sources[:count], self.times[:count], self.resolution_steps[:count])

    def drop_first(self, count: int) -> None:
        """Leave out the first `count` readings."""
        del self.sources[:count], self.times[:count], self.resolution_steps[:count]


GONE = -(2**63)
"""Steps of a reading that another machine's took the place of; no value is counted so far."""
OPEN = GONE + 1
"""Steps of a key whose values are in conflict, so that none of them is stored."""


def pack(columns: Columns) -> bytes:
    """The columns as bytes; the same columns give the same bytes with one zlib."""
    planes = (_planes(columns.sources), _planes(columns.times), _planes(columns.resolution_steps))
    return _COUNT.pack(len(columns)) + zlib.compress(b"".join(planes), 1)


def unpack(data: bytes) -> Columns:
    """The columns that `pack` made.

    Raises:
        ValueError: The bytes were not made by `pack`.
    """
    try:
        (count,) = _COUNT.unpack_from(data)
        planes = zlib.decompress(data[_COUNT.size :])
    except (struct.error, zlib.error) as exc:
        raise ValueError(f"no columns of readings: {exc}") from exc
    ends = [count * _SOURCE_BYTES, count * (_SOURCE_BYTES + _WIDE_BYTES), count * (_SOURCE_BYTES + 2 * _WIDE_BYTES)]
    if len(planes) != ends[2]:
        raise ValueError(f"columns of {count} readings have {len(planes)} bytes; legal: {ends[2]}")
    return Columns(
        _column("I", planes[: ends[0]]), _column("q", planes[ends[0] : ends[1]]), _column("q", planes[ends[1] :])
    )


def _planes(column: array[int]) -> bytes:
    data = _swapped(column).tobytes()
    return b"".join(data[at :: column.itemsize] for at in range(column.itemsize))


def _column(kind: str, planes: bytes) -> array[int]:
    column = array(kind)
    width, data = column.itemsize, bytearray(len(planes))
    count = len(planes) // width
    for at in range(width):
        data[at::width] = planes[at * count : (at + 1) * count]
    column.frombytes(bytes(data))
    return _swapped(column)


def _swapped(column: array[int]) -> array[int]:
    """Little-endian on every processor."""
    if sys.byteorder == "little":
        return column
    turned = column[:]
    turned.byteswap()
    return turned
