"""What versions of paths lack that others have: keys whose records may be withdrawn, and rows that are missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.mapping.keep import BY_VERSION, Keep
from expectations.tables.arrow_columns import Flags, coded, integers
from jobs.silver.path_versions import Arrival, PathVersion, versions_by_path
from jobs.silver.selection import RECORDS, read_records
from lakehouse.files.row_groups import find_row_groups
from lakehouse.files.task_files import TaskFiles
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Storage
from silver.key_hash import Hashes, among, key_hashes
from silver.outcomes import KEY
from silver.versions import Numbers, Place, WholeVersion

NOTHING: Hashes = np.empty(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Concerned:
    """Keys whose records some version withdraws, and others do not: their hashes in order, and files of them."""

    hashes: Hashes = field(default_factory=lambda: NOTHING)
    files: Sequence[str] = ()


def places_of(found: Sequence[Arrival], keep: Mapping[str, Keep]) -> dict[str, tuple[Place, ...]]:
    """By `_file_id` the versions that hold its records, of the paths whose mapping withdraws.

    A path with one version counts too: it still has what another path withdraws.
    """
    places: dict[str, tuple[Place, ...]] = {}
    for path, versions in _withdrawing(found, keep, least=1).items():
        whole = tuple(WholeVersion(*one.rank, one.file_id) for one in whole_versions(versions))
        for version in versions:
            for file, until in version.contents:
                places[file] = (*places.get(file, ()), Place(path, *version.rank, until, whole))
    return places


def whole_versions(versions: Sequence[PathVersion]) -> list[PathVersion]:
    """The versions of a path that withdraw: none ranks below one of which the ledger does not say what it holds."""
    unknown = max((one.rank for one in versions if not one.is_known), default=None)
    return [one for one in versions if not one.flaw and (unknown is None or one.rank > unknown)]


def _withdrawing(
    found: Sequence[Arrival], keep: Mapping[str, Keep], least: int = 2, touched: set[str] | None = None
) -> dict[str, list[PathVersion]]:
    """The paths with at least so many versions whose latest one is of a mapping that withdraws."""
    if not any(rule.withdraw for rule in keep.values()):
        return {}
    return {
        path: versions
        for path, versions in versions_by_path(found, touched).items()
        if len(versions) >= least and keep.get(versions[-1].mapping, BY_VERSION).withdraw
    }


def concerned(
    plant: Plant, found: Sequence[Arrival], keep: Mapping[str, Keep], touched: set[str] | None, folder: Storage,
    *, is_again: bool = False,
) -> Concerned:  # fmt: skip
    """The keys that not every whole version of their path has.

    Args:
        plant: The plant.
        found: Arrivals at the paths.
        keep: Mapping -> its rule.
        touched: Which paths; None: all.
        folder: Where files go.
        is_again: Whether a content was read again: what an earlier reading withdrew may come back.
    """
    versions = _withdrawing(found, keep, touched=touched)
    files = {file for some in versions.values() for one in some for file, _ in one.contents}
    contents = ContentKeys(plant, batches_of(found, files))
    differing = [_differing(some, contents) for some in versions.values() if whole_versions(some)]
    differing += [contents.of_files(some) for some in versions.values() if is_again]
    hashes = np.unique(np.concatenate([NOTHING, *differing]))
    return Concerned(hashes, contents.write(hashes, folder)) if len(hashes) else Concerned()


def batches_of(found: Sequence[Arrival], files: set[str]) -> dict[str, int]:
    """`_file_id` -> the batch that read it."""
    return {one.file_id: one.batch for one in found if one.is_read and one.file_id in files}


def keys_of(
    plant: Plant, batches: Mapping[str, int], folder: Storage, lines: Mapping[str, Numbers] | None = None
) -> Concerned:
    """The keys of records of some contents.

    Args:
        plant: The plant.
        batches: `_file_id` of each content -> the batch that read it.
        folder: Where files go.
        lines: `_file_id` -> the lines that count, of those of which not all do.
    """
    contents = ContentKeys(plant, batches, lines or {})
    hashes = contents.everything()
    return Concerned(hashes, contents.write(hashes, folder)) if len(hashes) else Concerned()


def joined(one: Concerned, other: Concerned) -> Concerned:
    """The keys of both."""
    return Concerned(np.union1d(one.hashes, other.hashes), [*one.files, *other.files])


def _differing(versions: Sequence[PathVersion], contents: "ContentKeys") -> Hashes:
    """Keys of a path that some whole version lacks."""
    everywhere: Hashes | None = None
    for one in whole_versions(versions):
        mine = contents.of(one)
        everywhere = mine if everywhere is None else np.intersect1d(everywhere, mine)
    return np.setdiff1d(contents.of_files(versions), NOTHING if everywhere is None else everywhere)


class ContentKeys:
    """The hashes of the keys of some contents' records, and the lines that they are on."""

    def __init__(self, plant: Plant, batches: Mapping[str, int], lines: Mapping[str, Numbers] | None = None) -> None:
        self._plant, self._files, self._lines = plant, set(batches), lines or {}
        self._batches = sorted(set(batches.values()))
        by_name: dict[str, list[tuple[Hashes, Numbers]]] = {}
        for rows, hashes in self._records():
            file, line = coded(rows, "_file_id"), integers(rows, "_line")
            for code in np.unique(file.codes).tolist():
                mine = file.codes == code
                by_name.setdefault(file.texts[code], []).append((hashes[mine], line[mine]))
        self._keys = {
            name: (np.concatenate([one for one, _ in some]), np.concatenate([lines for _, lines in some]))
            for name, some in by_name.items()
        }

    def of(self, version: PathVersion) -> Hashes:
        """The keys of a version, each once, in order."""
        found = [NOTHING]
        for file, until in version.contents:
            hashes, line = self._keys.get(file, (NOTHING, np.empty(0, np.int64)))
            found.append(hashes if not until else hashes[line < until])
        return np.unique(np.concatenate(found))

    def of_files(self, versions: Sequence[PathVersion], but: PathVersion | None = None) -> Hashes:
        """The keys of all contents of some versions, without those of one."""
        mine = {file for file, _ in but.contents} if but else set()
        files = {file for one in versions for file, _ in one.contents} - mine
        return np.unique(np.concatenate([NOTHING, *(self._keys[file][0] for file in files if file in self._keys)]))

    def everything(self) -> Hashes:
        """The keys of all contents, each once, in order."""
        return np.unique(np.concatenate([NOTHING, *(hashes for hashes, _ in self._keys.values())]))

    def write(self, hashes: Hashes, folder: Storage) -> list[str]:
        """Files of the keys with these hashes."""
        with TaskFiles(folder) as out:
            for rows, known in self._records():
                out.write("concerned", rows.filter(pa.array(among(known, hashes))).select(list(KEY)))
        return list(out.names.values())

    def first(self, hashes: Hashes, count: int) -> list[dict[str, Any]]:
        """The first keys, by time, with these hashes."""
        chosen: list[dict[str, Any]] = []
        for rows, known in self._records():
            mine = rows.filter(pa.array(among(known, hashes))).select(list(KEY))
            order = [(name, "ascending") for name in ("measured_at", *KEY[:-1])]
            named = pa.table(
                [pc.cast(one, pa.string()) if pa.types.is_dictionary(one.type) else one for one in mine.columns],
                names=mine.column_names,
            )
            chosen += (
                named.group_by(list(KEY), use_threads=False).aggregate([]).sort_by(order).slice(0, count).to_pylist()
            )
        once = {tuple(row.values()): row for row in chosen}
        return sorted(once.values(), key=lambda row: tuple(str(row[name]) for name in ("measured_at", *KEY)))[:count]

    def _records(self) -> Iterator[tuple[pa.Table, Hashes]]:
        """The keys of the contents' records, a row group at a time, and their hashes."""
        if not self._batches:
            return
        for row_group in find_row_groups(self._plant.lake, RECORDS, ds.field("_batch_id").isin(self._batches)):
            rows = read_records(row_group, [*KEY, "_file_id", "_line"])
            rows = rows.filter(pa.array(coded(rows, "_file_id").each(self._files.__contains__, bool)))
            rows = rows.filter(pa.array(self._counts(rows))) if self._lines else rows
            if rows.num_rows:
                yield rows, key_hashes(rows)

    def _counts(self, rows: pa.Table) -> Flags:
        """Whether each record is on a line that counts."""
        file, line = coded(rows, "_file_id"), integers(rows, "_line")
        found = np.ones(rows.num_rows, dtype=np.bool_)
        for code, name in enumerate(file.texts):
            if name in self._lines:
                mine = file.codes == code
                found[mine] = np.isin(line[mine], self._lines[name])
        return found
