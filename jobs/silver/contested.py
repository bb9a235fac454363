"""Resolution of records that are faulty, or whose key comes twice or is stored already: by partitions, in tasks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.silver.batch_counts import Group
from lakehouse.engine.tasks import Engine, run_tasks
from lakehouse.files.row_groups import runs
from lakehouse.files.table_files import TableFiles, Written
from lakehouse.files.task_files import TaskFiles
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage
from silver import readings_quarantine
from silver.key_hash import among, key_hashes
from silver.outcomes import KEY, OUTCOMES, Outcome, Resolved, differing, resolve
from silver.readings import finish, is_good
from silver.rulebook import NAMELESS, Rulebook


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What the resolution gave: readings, records set aside, their counts, and what is disputed.

    `unknown`: (fault, name) -> records whose metric or unit does not fit. `disputed`: files of the keys of records that
    say otherwise than what is stored, or whose key had a conflict before: earlier records decide on these too.
    """

    accepted: Written = field(default_factory=Written)
    aside: Written = field(default_factory=Written)
    groups: list[Group] = field(default_factory=list)
    disputed: list[str] = field(default_factory=list)
    unknown: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """What of earlier batches has the keys of records: readings by partition, and the hashes of keys with conflicts."""

    readings: Mapping[str, list[str]] = field(default_factory=dict)
    conflicts: Key | None = None


def resolve_contested(
    engine: Engine, contested: Mapping[str, list[str]], stored: Stored, book: "Rulebook", folder: Storage
) -> LookedAt:
    """Resolve the records of each partition, beside the stored readings of the same partition."""
    partitions = [(contested[partition], stored.readings.get(partition, [])) for partition in sorted(contested)]
    answers = run_tasks(
        engine,
        runs(partitions, lambda partition: rows_of(folder, partition[0])),
        lambda run: _look(run, stored.conflicts, book, folder),
    )
    unknown = Counter[tuple[str, str]]()
    for answer in answers:
        unknown.update({(fault, name): count for fault, name, count in answer["unknown"]})
    return LookedAt(
        Written.of(Written(**answer["accepted"]) for answer in answers),
        Written.of(Written(**answer["aside"]) for answer in answers),
        groups_of(answers),
        [name for answer in answers for name in answer["disputed"]],
        unknown,
    )


def groups_of(answers: Sequence[dict[str, Any]]) -> list[Group]:
    """The groups of records that tasks counted, joined."""
    counted = Counter[tuple[int, str, str | None, str | None]]()
    for answer in answers:
        for batch, outcome, fault, day, count in answer["groups"]:
            counted[batch, outcome, fault, day] += count
    return [Group(*group, count) for group, count in counted.items() if count]


def _look(
    run: Sequence[tuple[list[str], list[str]]], conflicts: Key | None, book: "Rulebook", folder: Storage
) -> dict[str, Any]:
    """Some partitions; runs within a task of the engine."""
    groups, unknown = Counter[tuple[Any, ...]](), Counter[tuple[str, str]]()
    history = None if conflicts is None else np.load(folder.local_copy(conflicts))
    with TaskFiles(folder) as out, TaskFiles(folder) as quarantine, TaskFiles(folder) as left:
        accepted, aside = TableFiles(READINGS_TABLE, out), TableFiles(QUARANTINE, quarantine)
        for contested, standing in run:
            records = read_files(folder, contested)
            has_stored, is_disputed = differing(records, read_files(folder, standing) if standing else _nothing())
            if history is not None:
                is_disputed |= is_good(records) & among(key_hashes(records), history)
            left.write("disputed", records.filter(pa.array(is_disputed)).select(list(KEY)))
            flagged = records.filter(pa.array(~is_disputed))
            resolved = resolve(flagged, book.versions).beside(has_stored[~is_disputed])
            accepted.write(finish(flagged.filter(pa.array(resolved.is_one_of(Outcome.NEW))), book))
            aside.write(readings_quarantine.build(flagged, resolved, book))
            groups.update(grouped(flagged, resolved))
            unknown.update(_unknown(flagged))
    return {
        "accepted": asdict(accepted.written()), "aside": asdict(aside.written()),
        "groups": [[*group, count] for group, count in groups.items()], "disputed": list(left.names.values()),
        "unknown": [[*which, count] for which, count in unknown.items()],
    }  # fmt: skip


def read_files(folder: Storage, names: Sequence[str]) -> "pa.Table":
    """The rows of files below a folder."""
    files = folder.arrow()
    return pa.concat_tables([pq.read_table(name, partitioning=None, filesystem=files) for name in names])


def rows_of(folder: Storage, names: Sequence[str]) -> int:
    """Rows of files below a folder."""
    files = folder.arrow()
    return sum(pq.read_metadata(name, filesystem=files).num_rows for name in names)


def _nothing() -> "pa.Table":
    return arrow_schema(READINGS_TABLE).empty_table()


def grouped(flagged: "pa.Table", resolved: "Resolved") -> Counter[tuple[Any, ...]]:
    """Records by batch, outcome, first fault and date, as in `Group`."""
    outcomes = pa.array([one.value for one in OUTCOMES]).take(pa.array(resolved.outcomes, pa.int64()))
    is_faulty = pa.array(resolved.is_one_of(Outcome.FAULTY))
    fault = pc.if_else(is_faulty, _first_faults(flagged), pa.scalar(None, pa.string()))
    day = pc.cast(flagged.column("measured_at"), pa.date32())
    keys = {"batch": flagged.column("_batch_id"), "outcome": outcomes, "fault": fault,
            "day": pc.if_else(pc.is_null(fault), day, pa.scalar(None, pa.date32()))}  # fmt: skip
    counted = pa.table(keys).group_by(list(keys), use_threads=False).aggregate([([], "count_all")])
    return Counter(
        {
            (row["batch"], row["outcome"], row["fault"], None if row["day"] is None else str(row["day"])): row[
                "count_all"
            ]
            for row in counted.to_pylist()
        }
    )


def _unknown(flagged: "pa.Table") -> Counter[tuple[str, str]]:
    """Records whose metric or unit does not fit, by fault and what they name."""
    keys = {"fault": _first_faults(flagged), "metric": flagged.column("metric"), "unit": flagged.column("unit")}
    counted = pa.table(keys).group_by(list(keys), use_threads=False).aggregate([([], "count_all")])
    found = Counter[tuple[str, str]]()
    for row in counted.to_pylist():
        if row["fault"] in NAMELESS:
            found[row["fault"], NAMELESS[row["fault"]].format(**row)] += row["count_all"]
    return found


def _first_faults(flagged: "pa.Table") -> "pa.Array":
    """The first fault of each record; null for a good one."""
    faults = flagged.column("_faults").combine_chunks()
    offsets = faults.offsets.to_numpy()
    is_none = np.diff(offsets) == 0
    values = pa.concat_arrays([faults.values, pa.array([""], pa.string())])
    first = values.take(pa.array(offsets[:-1]))
    return pc.if_else(pa.array(is_none), pa.scalar(None, pa.string()), first)
