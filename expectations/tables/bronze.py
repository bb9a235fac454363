"""Bronze: what arrived, typed, with where it came from. One table per feed, the ledger of files, what was rejected."""

from expectations.feeds import FEEDS, Feed, FeedColumn
from expectations.tables.bronze_repairs import REPAIRS
from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import (
    BATCH_ID,
    CELL,
    FACTORY_ID,
    FILE_ID,
    INGESTED_AT,
    LINE,
    MACHINE_ID,
    METRIC,
    PROVENANCE,
    SENSOR_ID,
)

OUTCOMES = (
    "admitted", "read", "duplicate_file", "file_changed", "unmatched", "unpacked", "vanished", "repaired", "undone",
)  # fmt: skip

FILES = Table(
    "bronze", "files",
    "The ledger: one row per file content that landed, with its outcome",
    (
        Column("path", "string", "Path below the landing folder", nullable=False),
        Column("size_bytes", "bigint", "Size of the file", unit="B", nullable=False, minimum=0),
        Column("modified_at", "timestamp", "Modification time of the file", unit="UTC", nullable=False),
        Column("sha256", "string", "SHA-256 of the whole content, hex", nullable=False),
        Column("feed", "string", "Feed of its mapping; null where no mapping matches"),
        Column("mapping", "string", "Mapping that read it; null where none matches, and of repairs"),
        Column("outcome", "string", "What was done with it", nullable=False, allowed=OUTCOMES),
        Column("detail", "string", "The outcome in words"),
        Column("first_byte", "bigint", "Where the new part begins; above 0 for a file that grew", unit="B", minimum=0),
        Column("first_line", "bigint", "Line at which the new part begins, from 1", minimum=1),
        Column(
            "continues", "string",
            "_file_id of the content that the new part continues; null where all was read, and in lakes of before",
        ),
        Column(
            "is_cut", "boolean",
            "Whether a text of lines ends in the midst of a line, as half a copy does; null in lakes of before",
        ),
        Column(
            "mapping_digest", "string",
            "Digest of what its mapping says of reading; under another, `ingest --again` reads it again; null in lakes "
            "of before",
        ),
        Column(
            "replaces", "array<string>",
            "_file_id of each content that this reading replaces; null where it is the first of its content. Of "
            "repairs: the content some of whose records it replaces; of an undone one: the repair",
        ),
        Column("records", "bigint", "Records in the new part, counted by the reader", minimum=0),
        Column("rows", "bigint", "Records that became rows of the feed's table", minimum=0),
        Column("blank", "bigint", "Records that say: no value", minimum=0),
        Column("rejected", "bigint", "Records that cannot be read", minimum=0),
        Column("duplicate", "bigint", "Records of a content that was read before", minimum=0),
        Column(
            "clock_at", "timestamp",
            "Clock that its records are held against: a time more than the allowed lead after it is clock_suspect; "
            "null until `assay silver` has seen a batch of an older version",
            unit="UTC",
        ),
        FILE_ID, BATCH_ID, INGESTED_AT,
    ),
    key=("_file_id", "path", "_batch_id"),
    rules=(
        Rule(
            "records_do_not_add_up",
            "outcome = 'admitted' OR records = rows + blank + rejected + duplicate",
            Severity.FAIL, "Every record of a file is accounted for",
        ),
    ),
    retention_days=30,
    newest_by="_ingested_at",
)  # fmt: skip

REJECTED = Table(
    "bronze", "rejected",
    "Records that could not be read, with place, text and reason, so that they can be repaired and replayed",
    (
        Column("feed", "string", "Feed of the file", nullable=False),
        Column("reason", "string", "Stable code of the reason", nullable=False),
        Column("detail", "string", "The reason in words: what was got, what is legal"),
        Column(
            "record_count", "bigint", "Number of records that the entry represents; 0: a header that cannot be used",
            nullable=False, minimum=0,
        ),
        Column("text", "string", "The record as valid UTF-8, cut at 4096 characters"),
        Column("raw", "binary", "The record's bytes, cut at 64 KiB"),
        Column("_offset", "bigint", "First byte of the record in the file", unit="B", minimum=0),
        LINE, CELL, FILE_ID, BATCH_ID, INGESTED_AT,
    ),
    prunes=("_batch_id",),
    retention_days=30,
)  # fmt: skip

UNREAD_KINDS = {
    "blank": "The record says: no value",
    "rejected": "The record cannot be read; bronze.rejected says why",
}

UNREAD_NUMBERS = Table(
    "bronze", "unread_numbers",
    "Sequence numbers of records that gave no row, where these can be read: they came, and are not missing",
    (
        Column("feed", "string", "Feed of the file", nullable=False),
        Column("gateway_id", "string", "Gateway that sent the record; null where it cannot be read"),
        Column("sequence", "bigint", "The gateway's number of the record", nullable=False),
        Column("kind", "string", "Why it gave no row", nullable=False, allowed=tuple(UNREAD_KINDS)),
        Column("stated_at", "timestamp", "Time as sent; null where it cannot be read", unit="UTC"),
        LINE, FILE_ID, BATCH_ID, INGESTED_AT,
    ),
    prunes=("_batch_id",),
    retention_days=30,
)  # fmt: skip

BAD_QUALITY = Table(
    "bronze", "bad_quality",
    "Values that their source calls bad, of readings: they are no readings, and `bronze.rejected` has their records",
    (
        FACTORY_ID, MACHINE_ID, SENSOR_ID, METRIC,
        Column("stated_at", "timestamp", "Time as sent", unit="UTC", nullable=False),
        Column(
            "quality_code", "string",
            "The source's code; a number of more than 16 bits in hexadecimal; `none` where it sent none",
            nullable=False,
        ),
        LINE, CELL, FILE_ID, BATCH_ID, INGESTED_AT,
    ),
    prunes=("_batch_id", "stated_at"),
    retention_days=30,
)  # fmt: skip


_NAMES_ITS_GATEWAY = Rule(
    "sequence_without_gateway", "sequence IS NULL OR gateway_id IS NOT NULL", Severity.WARN,
    "A sequence number names its gateway: without it nobody knows what is missing",
)  # fmt: skip


def feed_table(feed: Feed) -> Table:
    """The bronze table of one feed: the feed's columns, then provenance."""
    columns = tuple(
        Column(
            c.name, c.type, c.description, nullable=_is_nullable(feed, c), unit="UTC" if c.type == "timestamp" else ""
        )
        for c in feed.columns
    )
    numbered = {"gateway_id", "sequence"} <= {column.name for column in feed.columns}
    return Table(
        "bronze", feed.name, f"{feed.description}, as it arrived", columns + PROVENANCE,
        rules=(_NAMES_ITS_GATEWAY,) if numbered else (), prunes=("_batch_id", feed.time),
    )  # fmt: skip


def _is_nullable(feed: Feed, column: FeedColumn) -> bool:
    """Master data may come without a time: silver then takes the plant's begin."""
    return not column.required or (feed.name, column.name) == ("machines", feed.time)


TABLES = (FILES, REJECTED, UNREAD_NUMBERS, BAD_QUALITY, REPAIRS, *(feed_table(feed) for feed in FEEDS.values()))
