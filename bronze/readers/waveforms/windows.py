"""Windows as rows of the feed: what all of them have, and what each has of its own."""

from collections.abc import Mapping as Table
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from bronze.readers.batch import ReadBatch, Rejected, rejected_batch, row_schema
from bronze.readers.coded_text import CODED, by_code
from expectations.feeds import WAVEFORMS

STAMP = pa.timestamp("us", "UTC")
_SECOND_US = 1_000_000
MAX_US = 253_402_300_799_999_999  # the end of year 9999: what is later is that, and suspect


@dataclass(frozen=True, slots=True)
class Window:
    """One window.

    Attributes:
        started_us: Its first sample, microseconds since 1970.
        samples: Its numbers, little-endian.
        count: How many.
        line: Row or line of its first sample.
        place: Source column, and which window of a cell.
        beside: Our other columns by name.
    """

    started_us: int
    samples: bytes
    count: int
    line: int
    place: str
    beside: Table[str, object]


def batch_of(
    windows: list[Window], encoding: str, scale: float, rejected: list[Rejected], records: int, blank: int
) -> ReadBatch:
    """The windows as rows of the feed, beside what was rejected."""
    schema = row_schema(WAVEFORMS)
    own: dict[str, list[object]] = {
        "started_at": [min(window.started_us, MAX_US) for window in windows],
        "encoding": [encoding] * len(windows),
        "scale": [scale] * len(windows),
        "sample_count": [window.count for window in windows],
        "samples": [window.samples for window in windows],
        "_line": [window.line for window in windows],
        "_column": [window.place for window in windows],
    }
    arrays = [
        _array(own.get(field.name) or [window.beside.get(field.name) for window in windows], field.type)
        for field in schema
    ]
    rows = pa.RecordBatch.from_arrays(arrays, schema=schema)
    return ReadBatch(rows, rejected_batch(rejected), records, blank)


def _array(values: list[object], kind: pa.DataType) -> pa.Array:
    if kind == CODED:
        return by_code(pa.array(values, pa.string()))
    return pa.array(values, pa.int64()).cast(STAMP) if kind == STAMP else pa.array(values, kind)


def later_us(samples: int, rate_hz: float) -> int:
    """Microseconds, cut off, until so many samples later."""
    return int(Fraction(samples * _SECOND_US) / Fraction(rate_hz))
