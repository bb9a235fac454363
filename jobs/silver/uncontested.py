"""Records laid out by tasks: plain ones as files of `silver.readings`, the others as files to resolve.

A record is plain that is good and alone with its key: it becomes a reading, whatever the others are. The others are in
partitions by their key's hash, so that each partition can be resolved by itself.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import integers, micros
from expectations.tables.local_time import DAY_US
from expectations.tables.silver import READINGS_TABLE
from jobs.silver.batch_counts import Group
from jobs.silver.selection import RECORDS, Selection
from lakehouse.engine.tasks import Engine, run_tasks
from lakehouse.files.row_groups import RowGroup, read_row_group, task_runs
from lakehouse.files.table_files import TableFiles, Written
from lakehouse.files.task_files import TaskFiles
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage
from silver.key_hash import Hashes, among, key_hashes
from silver.readings import finish, flag, is_good
from silver.rulebook import Rulebook

_PARTITION_RECORDS = 1_000_000  # records of which those to resolve make one partition


@dataclass(frozen=True, slots=True)
class Laid:
    """The outcomes of the plain records, and how many there are of each batch and date; the others by partition."""

    written: Written
    plain: list[Group]
    contested: dict[str, list[str]]


def partitions_of(records: Selection) -> int:
    """The number of partitions of the records to resolve."""
    return max(1, -(-sum(row_group.rows for row_group in records.row_groups) // _PARTITION_RECORDS))


def lay_out(engine: Engine, records: Selection, book: "Rulebook", repeated: Key, folder: Storage) -> Laid:
    """Flag the records and partition them; `repeated` is a file of the key hashes that are not alone."""
    count = partitions_of(records)
    answers = run_tasks(
        engine, task_runs(records.row_groups), lambda run: _lay(run, records, book, repeated, folder, count)
    )
    plain = Counter[tuple[int, str]]()
    for answer in answers:
        plain.update({(batch, day): count for batch, day, count in answer["plain"]})
    return Laid(
        Written.of(Written(**answer["written"]) for answer in answers),
        [Group(batch, "new", None, day, count) for (batch, day), count in sorted(plain.items())],
        gathered(answers),
    )


def pick_standing(
    engine: Engine, standing: Sequence[RowGroup], repeated: Key, folder: Storage, partitions: int
) -> dict[str, list[str]]:
    """Files, by partition, of the stored readings whose key hash is among the repeated ones."""
    return gathered(run_tasks(engine, task_runs(standing), lambda run: _pick(run, repeated, folder, partitions)))


def _lay(  # what a task is given
    run: Sequence[RowGroup], records: Selection, book: "Rulebook", repeated: Key, folder: Storage, partitions: int
) -> dict[str, Any]:
    """One run of row groups; runs within a task of the engine."""
    known, plain = np.load(folder.local_copy(repeated)), Counter[tuple[int, str]]()
    with TaskFiles(folder) as out, TaskFiles(folder) as others:
        table = TableFiles(READINGS_TABLE, out)
        for row_group in run:
            flagged = flag(records.read(row_group, RECORDS.column_names), book)
            hashes = key_hashes(flagged)
            is_plain = is_good(flagged) & ~among(hashes, known)
            taken = flagged.filter(pa.array(is_plain))
            table.write(finish(taken, book))
            plain.update(_by_batch_and_day(taken))
            write_partitions(others, "closer", flagged.filter(pa.array(~is_plain)), hashes[~is_plain], partitions)
    counted = [(batch, day, count) for (batch, day), count in sorted(plain.items())]
    return {"written": asdict(table.written()), "plain": counted, "files": others.names}


def _pick(run: Sequence[RowGroup], repeated: Key, folder: Storage, partitions: int) -> dict[str, Any]:
    """One run of row groups; runs within a task of the engine."""
    known = np.load(folder.local_copy(repeated))
    with TaskFiles(folder) as out:
        for row_group in run:
            rows = read_row_group(row_group, READINGS_TABLE, READINGS_TABLE.column_names)
            hashes = key_hashes(rows)
            is_met = among(hashes, known)
            write_partitions(out, "standing", rows.filter(pa.array(is_met)), hashes[is_met], partitions)
    return {"files": out.names}


def write_partitions(out: TaskFiles, name: str, rows: "pa.Table", hashes: "Hashes", partitions: int) -> None:
    """Rows of one key go to one partition."""
    place = (hashes >> np.uint64(32)) % np.uint64(partitions)
    for partition in range(partitions):
        out.write(f"{name}-{partition}", rows.filter(pa.array(place == np.uint64(partition))))


def gathered(answers: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Names of files by their partition."""
    files: dict[str, list[str]] = {}
    for answer in answers:
        for partition, name in answer["files"].items():
            files.setdefault(partition.rpartition("-")[2], []).append(name)
    return files


def _by_batch_and_day(records: "pa.Table") -> dict[tuple[int, str], int]:
    batches, days = integers(records, "_batch_id"), micros(records, "measured_at") // DAY_US
    counted = {}
    for batch in np.unique(batches).tolist():
        found, counts = np.unique(days[batches == batch], return_counts=True)
        for day, count in zip(found.tolist(), counts.tolist(), strict=True):
            counted[batch, str(np.datetime64(day, "D"))] = count
    return counted
