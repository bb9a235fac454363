"""Records laid out by tasks: plain ones as files of `silver.readings`, the others as files to resolve.

A record is plain that is good and alone with its key: it becomes a reading, whatever the others are. The others lie in
parts by their key's hash, so that each part can be looked at by itself.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import integers, micros
from expectations.tables.silver import READINGS_TABLE
from jobs.silver.batch_counts import Group
from jobs.silver.selection import RECORDS, Selection
from lakehouse.engine.tasks import Engine, spread
from lakehouse.files.row_groups import Piece, read_piece, shares
from lakehouse.files.table_files import TableFiles, Written
from lakehouse.files.task_files import PartFiles
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage
from silver.key_hash import Hashes, among, key_hashes
from silver.local_time import DAY_US
from silver.readings import finish, flag, is_good
from silver.rulebook import Rulebook

_PART_RECORDS = 1_000_000  # records of which those to resolve make one part


@dataclass(frozen=True, slots=True)
class Laid:
    """The outcomes of the plain records, and how many there are of each batch and date; files of the others by part."""

    written: Written
    plain: list[Group]
    closer: dict[str, list[str]]


def parts_of(records: Selection) -> int:
    """In how many parts the records to resolve are laid."""
    return max(1, -(-sum(piece.rows for piece in records.pieces) // _PART_RECORDS))


def lay_out(engine: Engine, records: Selection, book: "Rulebook", watched: Key, folder: Storage) -> Laid:
    """Flag the records and part them; `watched` is a file of the key hashes that are not alone."""
    parts = parts_of(records)
    answers = spread(engine, shares(records.pieces), lambda share: _lay(share, records, book, watched, folder, parts))
    plain = Counter[tuple[int, str]]()
    for answer in answers:
        plain.update({(batch, day): count for batch, day, count in answer["plain"]})
    return Laid(
        Written.of(Written(**answer["written"]) for answer in answers),
        [Group(batch, "new", None, day, count) for (batch, day), count in sorted(plain.items())],
        gathered(answers),
    )


def pick_standing(
    engine: Engine, standing: Sequence[Piece], watched: Key, folder: Storage, parts: int
) -> dict[str, list[str]]:
    """Files, by part, of the standing readings whose key hash is watched."""
    return gathered(spread(engine, shares(standing), lambda share: _pick(share, watched, folder, parts)))


def _lay(  # what a task is told
    share: Sequence[Piece], records: Selection, book: "Rulebook", watched: Key, folder: Storage, parts: int
) -> dict[str, Any]:
    """One share; runs within a task of the engine."""
    known, plain = np.load(folder.local_copy(watched)), Counter[tuple[int, str]]()
    with PartFiles(folder) as out, PartFiles(folder) as others:
        table = TableFiles(READINGS_TABLE, out)
        for piece in share:
            flagged = flag(records.read(piece, RECORDS.column_names), book)
            hashes = key_hashes(flagged)
            is_plain = is_good(flagged) & ~among(hashes, known)
            taken = flagged.filter(pa.array(is_plain))
            table.write(finish(taken, book))
            plain.update(_by_batch_and_day(taken))
            write_parts(others, "closer", flagged.filter(pa.array(~is_plain)), hashes[~is_plain], parts)
    counted = [(batch, day, count) for (batch, day), count in sorted(plain.items())]
    return {"written": asdict(table.written()), "plain": counted, "files": others.names}


def _pick(share: Sequence[Piece], watched: Key, folder: Storage, parts: int) -> dict[str, Any]:
    """One share; runs within a task of the engine."""
    known = np.load(folder.local_copy(watched))
    with PartFiles(folder) as out:
        for piece in share:
            rows = read_piece(piece, READINGS_TABLE, READINGS_TABLE.column_names)
            hashes = key_hashes(rows)
            is_met = among(hashes, known)
            write_parts(out, "standing", rows.filter(pa.array(is_met)), hashes[is_met], parts)
    return {"files": out.names}


def write_parts(out: PartFiles, name: str, rows: "pa.Table", hashes: "Hashes", parts: int) -> None:
    """Rows of one key go to one part."""
    place = (hashes >> np.uint64(32)) % np.uint64(parts)
    for part in range(parts):
        out.write(f"{name}-{part}", rows.filter(pa.array(place == np.uint64(part))))


def gathered(answers: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Names of files by the part that they are of."""
    files: dict[str, list[str]] = {}
    for answer in answers:
        for part, name in answer["files"].items():
            files.setdefault(part.rpartition("-")[2], []).append(name)
    return files


def _by_batch_and_day(records: "pa.Table") -> dict[tuple[int, str], int]:
    batches, days = integers(records, "_batch_id"), micros(records, "measured_at") // DAY_US
    counted = {}
    for batch in np.unique(batches).tolist():
        found, counts = np.unique(days[batches == batch], return_counts=True)
        for day, count in zip(found.tolist(), counts.tolist(), strict=True):
            counted[batch, str(np.datetime64(day, "D"))] = count
    return counted
