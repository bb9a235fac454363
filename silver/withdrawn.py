"""Records that a later version of their path no longer has: a function of the records and their versions alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Flags, coded, integers, micros
from expectations.tables.machine_keys import machine_keys
from silver.versions import Numbers, Place, Version, Versions, dense, versions_of


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """For each record whether it is withdrawn, and `_file_id` of the version that withdrew it; else an empty text."""

    is_out: Flags
    by: NDArray[Any]


def withdrawn(records: pa.Table, versions: Versions) -> Withdrawn:
    """Which records are withdrawn.

    A record is where a later whole version of its path has no record of its key, a faulty one included. Where several
    paths have its content, each has to have withdrawn it. The first such version of the first path is named.

    Args:
        records: Every record of their keys, faulty ones too.
        versions: The contents of their files.
    """
    found, place = versions_of(records, versions)
    none = np.zeros(records.num_rows, dtype=np.bool_)
    if not any(one.whole for version in found for one in version.places):
        return Withdrawn(none, np.full(records.num_rows, "", dtype=object))
    return _held(records, found, place).withdrawn(records.num_rows)


@dataclass(frozen=True, slots=True)
class _Held:
    """Records in versions, one entry for each record and version that holds it.

    Attributes:
        record: Place of the record.
        path: Number of the path.
        key: Number of the record's key and the path.
        behind: How many whole versions of the path rank up to the version.
        is_whole: Whether the version is one of these.
        whole: By number of path, its whole versions.
    """

    record: Numbers
    path: Numbers
    key: Numbers
    behind: Numbers
    is_whole: Flags
    whole: list[tuple[str, ...]]

    def withdrawn(self, size: int) -> Withdrawn:
        """The outcome of all records."""
        if not len(self.record):
            return Withdrawn(np.zeros(size, dtype=np.bool_), np.full(size, "", dtype=object))
        most = max(map(len, self.whole)) + 1
        present = np.unique(self.key[self.is_whole] * most + self.behind[self.is_whole] - 1)
        group = dense(self.record, self.path)
        last, order = np.zeros(int(group.max()) + 1, dtype=np.int64), np.zeros(int(group.max()) + 1, dtype=np.int64)
        np.maximum.at(last, group, self.behind)
        order[group] = np.arange(len(group))
        record, path, base = self.record[order], self.path[order], self.key[order] * most
        after = np.array([len(one) for one in self.whole], dtype=np.int64)[path] - last
        ends = np.searchsorted(present, base + most)
        begins = np.searchsorted(present, base + last)
        is_out = after > ends - begins
        of_record, is_in = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
        of_record[record[is_out]], is_in[record[~is_out]] = True, True
        by = np.full(size, "", dtype=object)
        for one in np.flatnonzero(is_out)[::-1].tolist():
            lacking = _first_gap(present[begins[one] : ends[one]] - base[one], int(last[one]))
            by[record[one]] = self.whole[path[one]][lacking]
        withdrawn_: Flags = of_record & ~is_in
        by[~withdrawn_] = ""
        return Withdrawn(withdrawn_, by)


def _first_gap(present: Numbers, first: int) -> int:
    """The first number from `first` on that is not among some in order."""
    gaps = np.flatnonzero(present != np.arange(first, first + len(present)))
    return first + (int(gaps[0]) if len(gaps) else len(present))


def _held(records: pa.Table, found: list[Version], place: Numbers) -> _Held:
    """The entries of all records."""
    paths = sorted({one.path for version in found for one in version.places})
    number = {path: at for at, path in enumerate(paths)}
    whole = {one.path: tuple(each.file_id for each in one.whole) for version in found for one in version.places}
    line, key = integers(records, "_line"), _keys(records)
    entries = [
        (rows, np.full(len(rows), number[one.path]), *_rank(one, len(rows)))
        for at, version in enumerate(found)
        for one in version.places
        for rows in (np.flatnonzero((place == at) & ((line < one.until_line) | (one.until_line == 0))),)
    ]
    record, path, behind, is_whole = (np.concatenate(column) for column in zip(*entries, strict=True))
    return _Held(record, path, dense(key[record], path), behind, is_whole, [whole[path_] for path_ in paths])


def _rank(place: Place, size: int) -> tuple[Numbers, Flags]:
    mine = (place.at_us, place.digest)
    ranks = [(one.at_us, one.digest) for one in place.whole]
    behind = sum(rank <= mine for rank in ranks)
    return np.full(size, behind, dtype=np.int64), np.full(size, mine in ranks, dtype=np.bool_)


def _keys(records: pa.Table) -> Numbers:
    return dense(
        machine_keys(records).codes.astype(np.int64), coded(records, "sensor_id").ranks(),
        coded(records, "metric").ranks(), micros(records, "measured_at"),
    )  # fmt: skip
