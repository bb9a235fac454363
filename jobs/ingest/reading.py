"""Reading an admitted file: what its task says in, batches of each table out, and whether it was what was admitted."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from expectations.mapping.containers import asks, fits
from expectations.mapping.mapping import Mapping
from jobs.ingest.archives import Archives, why_unreadable
from jobs.ingest.portion import Portion
from jobs.ingest.zip_members import CHANGED, ArchiveError
from lakehouse.storage.errors import ForbiddenError, MissingError
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage

if TYPE_CHECKING:
    import pyarrow as pa

    from bronze.readers.batch import ReadBatch


@dataclass(frozen=True, slots=True)
class ReadTask:
    """One file to read: where it lies, how, from which byte and line on, and what its rows carry.

    `member` is what is read of an archive at `key`; empty: the file itself.

    `path` is its name in the ledger, which the mapping's pattern describes. Bytes beyond `size` came after the file was
    admitted: they are the next batch's. `sha256` is of the bytes before.
    """

    landing: Storage
    key: Key
    path: str
    size: int
    sha256: str
    mapping: str
    file_id: str
    first_byte: int
    first_line: int
    batch_id: int
    ingested_us: int
    member: str = ""


def read_file(
    task: ReadTask, mapping: Mapping, write: Callable[[str, "pa.RecordBatch"], None], archives: Archives
) -> dict[str, int] | None:
    """Read one file; each batch of its rows and of its rejected records is handed to `write` with its table's subject.

    Returns:
        Its records, rows, blank and rejected; None where the file is gone, cannot be read any more, or its bytes are
        not what was admitted: what was written is then not to be used.
    """
    try:
        opened = archives.open(task.landing, task.key, task.member, task.sha256)
        if opened.stream is None:
            return _refused(task, mapping, opened.fault, write) if opened.mark == task.sha256 else None
        portion = Portion(opened.stream, task.size if opened.size is None else opened.size)
        with io.BufferedReader(portion) as stream:
            counts = _opened(task, mapping, portion, stream, write)
            return counts if portion.sha256() == task.sha256 else None
    except (MissingError, ForbiddenError, ArchiveError, *CHANGED):
        return None


def _opened(
    task: ReadTask, mapping: Mapping, portion: Portion, stream: BinaryIO,
    write: Callable[[str, "pa.RecordBatch"], None],
) -> dict[str, int]:  # fmt: skip
    """Read what was opened; an archive of which only members are asked for, and that cannot be unpacked, is refused."""
    if not task.member and asks(task.path, mapping.files) and not fits(task.path, mapping.files):
        return _refused(task, mapping, why_unreadable(portion, task.path), write)
    from bronze.readers import read_records

    head = _to_the_new_part(task, mapping, portion, stream)
    batches = read_records(stream, mapping, first_line=task.first_line, first_byte=task.first_byte, header=head)
    return _write(task, mapping, batches, write)


def _refused(
    task: ReadTask, mapping: Mapping, fault: str, write: Callable[[str, "pa.RecordBatch"], None]
) -> dict[str, int]:
    from bronze.readers import refused_file

    return _write(task, mapping, [refused_file(mapping, fault)], write)


def _write(
    task: ReadTask, mapping: Mapping, batches: Iterable["ReadBatch"], write: Callable[[str, "pa.RecordBatch"], None]
) -> dict[str, int]:
    from bronze.staged import BAD_SUBJECT, REJECTED_SUBJECT, UNREAD_SUBJECT, staged_rows, staged_schema

    feed, counts = mapping.feed.name, dict.fromkeys(("records", "rows", "blank", "rejected"), 0)
    own = {"_file_id": task.file_id, "_batch_id": task.batch_id, "_ingested_at": task.ingested_us}
    row_schema, rejected_schema, unread_schema = map(staged_schema, (feed, REJECTED_SUBJECT, UNREAD_SUBJECT))
    bad_schema = staged_schema(BAD_SUBJECT)
    for read in batches:
        write(feed, staged_rows(read.rows, row_schema, own))
        write(REJECTED_SUBJECT, staged_rows(read.rejected, rejected_schema, {**own, "feed": feed}))
        write(UNREAD_SUBJECT, staged_rows(read.unread, unread_schema, {**own, "feed": feed}))
        write(BAD_SUBJECT, staged_rows(read.bad, bad_schema, own))
        counts["records"] += read.records
        counts["rows"] += read.rows.num_rows
        counts["blank"] += read.blank
        counts["rejected"] += sum(read.rejected["record_count"].to_pylist())
    return counts


def _to_the_new_part(task: ReadTask, mapping: Mapping, portion: Portion, stream: BinaryIO) -> bytes | None:
    """Go to where reading begins, past what was read before; what that says of the columns of a CSV file."""
    from bronze.readers.csv_rows.earlier import earlier_headers

    portion.digest_to(task.first_byte)
    stream.seek(0)
    is_tail = task.first_byte > 0 and mapping.format == "csv"
    head = earlier_headers(stream, task.first_byte, mapping) if is_tail else None
    stream.seek(task.first_byte)
    return head
