"""What a reader hands out: typed rows and rejected records, as Arrow record batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from bronze.readers.coded_text import CODED
from domain.record.faults import Fault
from expectations.feeds import Feed

MAX_TEXT = 4096
MAX_RAW = 65_536

_ARROW_TYPES = {
    "string": CODED,
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "binary": pa.binary(),
}
REJECTED_SCHEMA = pa.schema(
    [
        ("_line", pa.int64()),
        ("_column", pa.string()),
        ("_offset", pa.int64()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("text", pa.string()),
        ("raw", pa.binary()),
        ("record_count", pa.int64()),
    ]
)


UNREAD_SCHEMA = pa.schema(
    [
        ("gateway_id", pa.string()),
        ("sequence", pa.int64()),
        ("kind", pa.string()),
        ("stated_at", pa.timestamp("us", "UTC")),
        ("_line", pa.int64()),
    ]
)

BAD_SCHEMA = pa.schema(
    [
        ("factory_id", pa.string()),
        ("machine_id", pa.string()),
        ("sensor_id", pa.string()),
        ("metric", pa.string()),
        ("stated_at", pa.timestamp("us", "UTC")),
        ("quality_code", pa.string()),
        ("_line", pa.int64()),
        ("_column", pa.string()),
    ]
)


def _nothing_unread() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], UNREAD_SCHEMA)


def _nothing_bad() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], BAD_SCHEMA)


def row_schema(feed: Feed) -> pa.Schema:
    """Schema of the typed rows of a feed, texts by code: its columns in order, then `_rescued`, `_line` and `_column`.

    `_rescued` is a JSON object of unknown fields (null where there is none; unknown fields that are null or empty are
    not in it), `_line` the 1-based line of the file (text) or the row number (Parquet), `_column` the source column of
    a wide cell, null for long records.
    """
    columns = [(column.name, _ARROW_TYPES[column.type]) for column in feed.columns]
    return pa.schema([*columns, ("_rescued", pa.string()), ("_line", pa.int64()), ("_column", CODED)])


@dataclass(frozen=True, slots=True)
class Rejected:
    """One rejected entry; `count` is the number of records that it represents."""

    line: int
    offset: int | None
    fault: Fault
    raw: bytes
    count: int = 1


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """One block of a file, read.

    Attributes:
        rows: Typed rows, `row_schema` of the feed.
        rejected: `REJECTED_SCHEMA`.
        records: Records counted at the file.
        blank: Records that hold no value. Always: records = rows + blank + sum of rejected.record_count.
        unread: `UNREAD_SCHEMA`: the numbers of lines that gave no row, where these can be read.
        bad: `BAD_SCHEMA`: the values that their source calls bad, where a sensor and a time can be read.
    """

    rows: pa.RecordBatch
    rejected: pa.RecordBatch
    records: int
    blank: int
    unread: pa.RecordBatch = field(default_factory=_nothing_unread)
    bad: pa.RecordBatch = field(default_factory=_nothing_bad)

    def with_rejected(self, other: "ReadBatch") -> "ReadBatch":
        """The same, and what another batch rejected: of other rows of the same file."""
        rejected, unread, bad = (
            pa.concat_batches(both)
            for both in ([self.rejected, other.rejected], [self.unread, other.unread], [self.bad, other.bad])
        )
        records = self.records + sum(other.rejected["record_count"].to_pylist())
        return replace(self, rejected=rejected, unread=unread, bad=bad, records=records)

    def at_line(self, line: int) -> "ReadBatch":
        """The same, everything on one line."""
        parts = self.rows, self.rejected, self.unread, self.bad
        rows, rejected, unread, bad = (_at_line(batch, line) for batch in parts)
        return replace(self, rows=rows, rejected=rejected, unread=unread, bad=bad)


def _at_line(batch: pa.RecordBatch, line: int) -> pa.RecordBatch:
    place = batch.schema.get_field_index("_line")
    return batch.set_column(place, batch.schema.field(place), pa.repeat(pa.scalar(line, pa.int64()), batch.num_rows))


def rejected_batch(entries: Sequence[Rejected]) -> pa.RecordBatch:
    """The entries as a record batch; text is valid UTF-8 (bad bytes replaced), cut, and raw bytes are cut."""
    columns = (
        [entry.line for entry in entries],
        [entry.fault.column for entry in entries],
        [entry.offset for entry in entries],
        [entry.fault.reason for entry in entries],
        [entry.fault.detail for entry in entries],
        [entry.raw[: 4 * MAX_TEXT].decode("utf-8", "replace")[:MAX_TEXT] for entry in entries],
        [entry.raw[:MAX_RAW] for entry in entries],
        [entry.count for entry in entries],
    )
    arrays = [pa.array(column, field.type) for column, field in zip(columns, REJECTED_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=REJECTED_SCHEMA)
