"""The search for keys that come twice: by their hashes, which tasks note down and which are compared here."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
from numpy.typing import NDArray

from expectations.tables.arrow_columns import micros
from expectations.tables.local_time import DAY_US
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.ingest.file_times import instant
from jobs.silver.selection import CUT, Selection
from lakehouse.engine.tasks import Engine, run_tasks
from lakehouse.files.row_groups import RowGroup, find_row_groups, read_row_group, task_runs
from lakehouse.plant import Plant
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage
from silver.key_hash import Hashes, among, key_hashes, repeated
from silver.readings_quarantine import is_conflict

AT_ONCE = 1 << 26  # hashes compared at a time, half a GiB
_SPACE = 1 << 64


class NotedKeys:
    """Files of hashes in order, and by UTC date the earliest and latest time of the records that they are of.

    `spans`: Date -> both times, microseconds since the epoch.
    """

    def __init__(self, folder: Storage, answers: Sequence[dict[str, Any]]) -> None:
        self._folder, self._files = folder, [Key(answer["file"]) for answer in answers]
        self.spans: dict[str, tuple[int, int]] = {}
        for day, first, last in sorted(span for answer in answers for span in answer["spans"]):
            earliest, latest = self.spans.get(day, (first, last))
            self.spans[day] = min(earliest, first), max(latest, last)

    def load(self) -> list["Hashes"]:
        """The hashes of each file, left on disk until they are looked at."""
        return [np.load(self._folder.local_copy(file), mmap_mode="r") for file in self._files]


def note_records(engine: Engine, records: Selection, folder: Storage) -> NotedKeys:
    """The keys of selected records of bronze."""
    return _noted(engine, records.row_groups, lambda group: records.read(group, READINGS_TABLE.key), folder)


def note_standing(engine: Engine, standing: Sequence[RowGroup], folder: Storage) -> NotedKeys:
    """The keys of stored readings."""
    return _noted(engine, standing, lambda group: read_row_group(group, READINGS_TABLE, READINGS_TABLE.key), folder)


def note_conflicts(plant: Plant, records: NotedKeys, concerned: "Hashes", folder: Storage) -> Key | None:
    """A file of the hashes, in order, of keys in quarantine with a conflict, of the records' times; None: no such key.

    Of an open conflict no reading is stored: a later record of its key would pass for new. `concerned` are hashes of
    more keys of that kind.
    """
    joined = np.union1d(_conflicts_near(plant, records), concerned)
    if not records.spans or not len(joined):
        return None
    file = Key(f"conflicts-{uuid4().hex}.npy")
    with folder.sink(file) as out:
        np.save(out, joined)
    return file


def _conflicts_near(plant: Plant, records: NotedKeys) -> "Hashes":
    if not records.spans:
        return np.empty(0, np.uint64)
    first, last = (instant(end) for end in (min(one for one, _ in records.spans.values()), _latest(records)))
    at = ds.field("measured_at")
    found = find_row_groups(plant.lake, QUARANTINE, (at >= first - CUT) & (at <= last + CUT))
    hashes = [_conflicts(group) for group in found]
    return np.unique(np.concatenate([np.empty(0, np.uint64), *hashes]))


def _latest(records: NotedKeys) -> int:
    return max(last for _, last in records.spans.values())


def _conflicts(group: RowGroup) -> "Hashes":
    rows = read_row_group(group, QUARANTINE, [*READINGS_TABLE.key, "_faults"])
    return key_hashes(rows.filter(pa.array(is_conflict(rows))))


def find_repeated(ours: NotedKeys, theirs: Sequence["Hashes"], folder: Storage, *, at_once: int = AT_ONCE) -> Key:
    """A file of the hashes, in order, that come twice among ours, or once there and once among those of others."""
    mine = ours.load()
    found = []
    for low, high in _ranges(sum(map(len, [*mine, *theirs])), at_once):
        own, held = _between(mine, low, high), _between(theirs, low, high)
        found.append(np.union1d(repeated(own), np.unique(own[among(own, np.sort(held))])))
    file = Key(f"repeated-{uuid4().hex}.npy")
    with folder.sink(file) as out:
        np.save(out, np.concatenate(found))
    return file


def _noted(
    engine: Engine, of: Sequence[RowGroup], read: "Callable[[RowGroup], pa.Table]", folder: Storage
) -> NotedKeys:
    return NotedKeys(folder, run_tasks(engine, task_runs(of), lambda run: _note(run, read, folder)))


def _note(run: Sequence[RowGroup], read: "Callable[[RowGroup], pa.Table]", folder: Storage) -> dict[str, Any]:
    """Write the hashes of one run's records; runs within a task of the engine."""
    hashes, spans = [np.empty(0, np.uint64)], []
    for group in run:
        keys = read(group)
        hashes.append(key_hashes(keys))
        spans += _spans(micros(keys, "measured_at"))
    file = Key(f"keys-{uuid4().hex}.npy")
    with folder.sink(file) as out:
        np.save(out, np.sort(np.concatenate(hashes)))
    return {"file": file, "spans": spans}


def _spans(at_us: "NDArray[np.int64]") -> list[tuple[str, int, int]]:
    """Each UTC date of some times, with the earliest and latest of them."""
    at_us = np.sort(at_us)
    days, starts = np.unique(at_us // DAY_US, return_index=True)
    ends = np.append(starts[1:], len(at_us)) - 1
    names = map(str, days.astype("datetime64[D]"))
    return list(zip(names, at_us[starts].tolist(), at_us[ends[: len(days)]].tolist(), strict=True))


def _ranges(count: int, at_once: int) -> Iterator[tuple[int, int]]:
    """The hashes' space in so many equal ranges that one holds about as many as are compared at once."""
    partitions = -(-count // at_once) or 1
    edges = [_SPACE * partition // partitions for partition in range(partitions + 1)]
    yield from pairwise(edges)


def _between(files: Sequence["Hashes"], low: int, high: int) -> "Hashes":
    """The hashes of files from one value to before another."""
    partitions = [file[_place(file, low) : _place(file, high)] for file in files]
    return np.concatenate([*partitions, np.empty(0, np.uint64)])


def _place(file: "Hashes", value: int) -> "np.intp | int":
    return len(file) if value >= _SPACE else np.searchsorted(file, np.uint64(value))
