"""A closer look at records that are faulty, or whose key comes twice or stands already: part by part, by tasks."""

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
from jobs.silver.selection import RECORDS, Selection
from lakehouse.engine.tasks import Engine, spread
from lakehouse.files.row_groups import Piece, runs, shares
from lakehouse.files.table_files import TableFiles, Written
from lakehouse.files.task_files import PartFiles
from lakehouse.storage.protocol import Storage
from silver import readings_quarantine
from silver.key_hash import among, key_hashes
from silver.outcomes import ACCEPTED, OUTCOMES, Resolved, is_source_of, resolve
from silver.readings import finish, flag
from silver.rulebook import NAMELESS, Rulebook


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a closer look gave: readings, records set aside, their counts, and files of the readings that give way.

    `unknown`: (fault, name) -> records whose metric or unit does not fit.
    """

    accepted: Written = field(default_factory=Written)
    aside: Written = field(default_factory=Written)
    groups: list[Group] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    unknown: Mapping[tuple[str, str], int] = field(default_factory=dict)


def look_closer(
    engine: Engine,
    closer: Mapping[str, list[str]],
    standing: Mapping[str, list[str]],
    book: "Rulebook",
    folder: Storage,
) -> LookedAt:  # fmt: skip
    """Sort out the records of each part, beside the standing readings of the same part."""
    parts = [(closer[part], standing.get(part, [])) for part in sorted(closer)]
    answers = spread(engine, runs(parts, lambda part: _rows(folder, part[0])), lambda share: _look(share, book, folder))
    counted = Counter[tuple[int, str, str | None, str | None]]()
    unknown = Counter[tuple[str, str]]()
    for answer in answers:
        unknown.update({(fault, name): count for fault, name, count in answer["unknown"]})
        counted.update({(batch, fate, fault, day): count for batch, fate, fault, day, count in answer["groups"]})
    return LookedAt(
        Written.of(Written(**answer["accepted"]) for answer in answers),
        Written.of(Written(**answer["aside"]) for answer in answers),
        [Group(*group, count) for group, count in counted.items()],
        [name for answer in answers for name in answer["replaced"]],
        unknown,
    )


def set_behind_aside(
    engine: Engine, earlier: Selection, replaced: Sequence[str], book: "Rulebook", folder: Storage
) -> Written:
    """Set aside every record of earlier batches behind the readings that give way, as losers."""
    answers = spread(engine, shares(earlier.pieces), lambda share: _set_aside(share, earlier, replaced, book, folder))
    return Written.of(Written(**answer) for answer in answers)


def _look(share: Sequence[tuple[list[str], list[str]]], book: "Rulebook", folder: Storage) -> dict[str, Any]:
    """Some parts; runs within a task of the engine."""
    groups, unknown = Counter[tuple[Any, ...]](), Counter[tuple[str, str]]()
    with PartFiles(folder) as out, PartFiles(folder) as quarantine, PartFiles(folder) as gone:
        accepted, aside = TableFiles(READINGS_TABLE, out), TableFiles(QUARANTINE, quarantine)
        for closer, standing in share:
            flagged = read_files(folder, closer)
            resolved = resolve(flagged, read_files(folder, standing) if standing else _nothing_standing())
            accepted.write(finish(flagged.filter(pa.array(resolved.is_one_of(*ACCEPTED))), book))
            aside.write(readings_quarantine.build(flagged, resolved))
            gone.write("replaced", resolved.replaced)
            groups.update(_grouped(flagged, resolved))
            unknown.update(_unknown(flagged))
    return {
        "accepted": asdict(accepted.written()), "aside": asdict(aside.written()),
        "groups": [[*group, count] for group, count in groups.items()], "replaced": list(gone.names.values()),
        "unknown": [[*which, count] for which, count in unknown.items()],
    }  # fmt: skip


def _set_aside(
    share: Sequence[Piece], earlier: Selection, replaced: Sequence[str], book: "Rulebook", folder: Storage
) -> dict[str, Any]:
    """Some pieces; runs within a task of the engine."""
    gone = read_files(folder, replaced)
    hashes = np.sort(key_hashes(gone))
    with PartFiles(folder) as quarantine:
        aside = TableFiles(QUARANTINE, quarantine)
        for piece in share:
            records = earlier.read(piece, RECORDS.column_names)
            flagged = flag(records.filter(pa.array(among(key_hashes(records), hashes))), book)
            aside.write(readings_quarantine.losers(flagged.filter(pa.array(is_source_of(flagged, gone)))))
    return asdict(aside.written())


def read_files(folder: Storage, names: Sequence[str]) -> "pa.Table":
    """The rows of files below a folder."""
    files = folder.arrow()
    return pa.concat_tables([pq.read_table(name, partitioning=None, filesystem=files) for name in names])


def _rows(folder: Storage, names: Sequence[str]) -> int:
    files = folder.arrow()
    return sum(pq.read_metadata(name, filesystem=files).num_rows for name in names)


def _nothing_standing() -> "pa.Table":
    return arrow_schema(READINGS_TABLE).empty_table()


def _grouped(flagged: "pa.Table", resolved: "Resolved") -> Counter[tuple[Any, ...]]:
    """Records by batch, fate, first fault and date, as in `Group`."""
    outcomes = pa.array([one.value for one in OUTCOMES]).take(pa.array(resolved.outcomes, pa.int64()))
    fault, day = _first_faults(flagged), pc.cast(flagged.column("measured_at"), pa.date32())
    keys = {"batch": flagged.column("_batch_id"), "fate": outcomes, "fault": fault,
            "day": pc.if_else(pc.is_null(fault), day, pa.scalar(None, pa.date32()))}  # fmt: skip
    counted = pa.table(keys).group_by(list(keys), use_threads=False).aggregate([([], "count_all")])
    return Counter(
        {
            (row["batch"], row["fate"], row["fault"], None if row["day"] is None else str(row["day"])): row["count_all"]
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
