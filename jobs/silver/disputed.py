"""Keys whose new records say otherwise than silver: resolved again from every record of theirs, earlier ones too."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.arrow_columns import Flags, coded, integers
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.silver.batch_counts import Group
from jobs.silver.contested import grouped, groups_of, read_files, rows_of
from jobs.silver.file_versions import file_versions
from jobs.silver.limits_in_force import LimitsInForce
from jobs.silver.selection import RECORDS, Selection, up_to_batch
from jobs.silver.uncontested import gathered, write_partitions
from lakehouse.engine.tasks import Engine, run_tasks
from lakehouse.files.row_groups import RowGroup, runs, task_runs
from lakehouse.files.table_files import TableFiles, Written
from lakehouse.files.task_files import TaskFiles
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Storage
from silver import readings_quarantine
from silver.changes import Changes, changes
from silver.key_hash import Hashes, among, key_hashes
from silver.readings import finish, flag
from silver.rulebook import Rulebook
from silver.versions import Versions

_PARTITION_KEYS = 500_000  # keys of one partition: their records fit in memory many times over


@dataclass(frozen=True, slots=True)
class Settled:
    """What the disputed keys change in silver. All in files.

    Attributes:
        accepted: Readings that join or replace those of their keys.
        gone: Readings whose keys have none any more.
        aside: Records for quarantine.
        back: Records that leave quarantine.
        replaced: How many of `accepted` replace a reading.
        moved: How many of `aside` are in quarantine already, with another fault or value.
        groups: Records by outcome, less those that had it before.
        times: The earliest and the latest time of the keys; None where nothing is disputed.
    """

    accepted: Written = field(default_factory=Written)
    gone: Written = field(default_factory=Written)
    aside: Written = field(default_factory=Written)
    back: list[str] = field(default_factory=list)
    replaced: int = 0
    moved: int = 0
    groups: list[Group] = field(default_factory=list)
    times: tuple[datetime, datetime] | None = None

    @property
    def rewrites_readings(self) -> bool:
        """Whether stored readings are replaced or leave."""
        return bool(self.replaced or self.gone.files)

    @property
    def rewrites_quarantine(self) -> bool:
        """Whether rows of quarantine are replaced or leave."""
        return bool(self.moved or self.back)


def settle(  # what the records of a batch are held against
    engine: Engine, plant: Plant, number: int, by: LimitsInForce, disputed: Sequence[str], folder: Storage
) -> Settled:
    """Resolve disputed keys from all their records up to a batch, and compare with what was before it.

    Args:
        engine: Gives a session, where the records are many.
        plant: The plant.
        number: The batch.
        by: What its records are validated by.
        disputed: Files of the keys.
        folder: Where files go.
    """
    if not disputed:
        return Settled()
    keys = read_files(folder, disputed)
    times = pc.min_max(keys.column("measured_at")).as_py()
    hashes, book = np.unique(key_hashes(keys)), by.book(plant)
    records = up_to_batch(plant, number, times["min"], times["max"])
    count = -(-len(hashes) // _PARTITION_KEYS)
    picked = run_tasks(
        engine, task_runs(records.row_groups), lambda run: _pick(run, records, hashes, book, folder, count)
    )
    batches = range(number + 1)
    now, before = (file_versions(plant, by.keep, batches, last) for last in (number, number - 1))
    seen = {(batch, file) for answer in picked for batch, file in answer["contents"]}
    now, before = _only(now, seen), _only(before, seen)
    found = [files for _, files in sorted(gathered(picked).items())]
    answers = run_tasks(
        engine,
        runs(found, lambda files: rows_of(folder, files)),
        lambda run: _settle(run, number, replace(book, versions=now), before, folder),
    )
    return _joined(answers, (times["min"], times["max"]))


def _only(versions: Versions, seen: set[tuple[int, str]]) -> Versions:
    return {name: version for name, version in versions.items() if name in seen}


def _joined(answers: Sequence[dict[str, Any]], times: tuple[datetime, datetime]) -> Settled:
    accepted, gone, aside = (
        Written.of(Written(**answer[name]) for answer in answers) for name in ("accepted", "gone", "aside")
    )
    return Settled(
        accepted,
        gone,
        aside,
        [name for answer in answers for name in answer["back"]],
        sum(answer["replaced"] for answer in answers),
        sum(answer["moved"] for answer in answers),
        groups_of(answers),
        times,
    )


def _pick(  # what a task is given
    run: Sequence[RowGroup], records: Selection, hashes: Hashes, book: Rulebook, folder: Storage, partitions: int
) -> dict[str, Any]:
    """The records of the keys, by partition; runs within a task of the engine."""
    contents = set[tuple[int, str]]()
    with TaskFiles(folder) as out:
        for row_group in run:
            rows = records.read(row_group, RECORDS.column_names)
            flagged = flag(rows.filter(pa.array(among(key_hashes(rows), hashes))), book)
            contents.update(_contents(flagged))
            write_partitions(out, "disputed", flagged, key_hashes(flagged), partitions)
    return {"files": out.names, "contents": sorted(contents)}


def _contents(records: pa.Table) -> set[tuple[int, str]]:
    file = coded(records, "_file_id")
    return {
        (batch, file.texts[code])
        for batch, code in zip(integers(records, "_batch_id").tolist(), file.codes, strict=True)
    }


def _settle(run: Sequence[list[str]], number: int, book: Rulebook, before: Versions, folder: Storage) -> dict[str, Any]:
    """Some partitions; runs within a task of the engine."""
    groups, replaced, moved = Counter[tuple[Any, ...]](), 0, 0
    with TaskFiles(folder) as out, TaskFiles(folder) as quarantine, TaskFiles(folder) as left:
        accepted, aside = TableFiles(READINGS_TABLE, out), TableFiles(QUARANTINE, quarantine)
        gone = TableFiles(READINGS_TABLE, left)
        for files in run:
            flagged = read_files(folder, files)
            is_earlier: Flags = integers(flagged, "_batch_id") < number
            found = changes(flagged, is_earlier, book.versions, before)
            flagged, is_earlier = flagged.filter(pa.array(found.rows)), is_earlier[found.rows]
            accepted.write(finish(flagged.filter(pa.array(found.accepted)), book))
            gone.write(finish(flagged.filter(pa.array(found.gone)), book))
            chosen = flagged.filter(pa.array(found.aside))
            aside.write(readings_quarantine.build(chosen, found.now.only(found.aside), book))
            left.write("back", flagged.filter(pa.array(found.back)).select([*QUARANTINE.key, "_batch_id"]))
            replaced, moved = replaced + int(found.replaces.sum()), moved + int(found.was_aside.sum())
            groups.update(_moved(flagged, is_earlier, found))
    return {
        "accepted": asdict(accepted.written()), "gone": asdict(gone.written()), "aside": asdict(aside.written()),
        "back": [name for partition, name in left.names.items() if partition == "back"],
        "replaced": replaced, "moved": moved, "groups": [[*group, count] for group, count in groups.items()],
    }  # fmt: skip


def _moved(flagged: pa.Table, is_earlier: Flags, found: Changes) -> Counter[tuple[Any, ...]]:
    """Records by batch, outcome, fault and date, less what they were before."""
    counted = Counter(grouped(flagged, found.now))
    counted.subtract(grouped(flagged.filter(pa.array(is_earlier)), found.before))
    return counted
