"""What becomes of records that say something of the same reading: with each other, and with the readings that stand.

Most records are good and alone with their key: these are new, and need no look. It is for the others.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Flags, begins, coded, integers, micros
from expectations.tables.silver import READINGS_TABLE
from silver.readings import is_good

KEY = READINGS_TABLE.key
PAYLOAD = ("machine_id", "factory_id", "steps")
_PLACE = ("_batch_id", "_file_id", "_line", "_column")
_NOBODY = np.iinfo(np.int64).max


class Fate(StrEnum):
    """What becomes of a record."""

    FAULTY = "faulty"
    NEW = "new"
    REPLACES = "replaces"
    REPEATS = "repeats"
    LOSES = "loses"


FATES = tuple(Fate)
ACCEPTED = (Fate.NEW, Fate.REPLACES)


@dataclass(frozen=True, slots=True)
class SortedOut:
    """For each record the place of its fate among `FATES`; and key and payload of the standing readings that go."""

    fates: NDArray[np.int8]
    replaced: pa.Table

    def is_one_of(self, *fates: Fate) -> Flags:
        """Whether each record has one of these fates."""
        return np.isin(self.fates, [FATES.index(fate) for fate in fates])


def sort_out(flagged: pa.Table, standing: pa.Table) -> SortedOut:
    """The fates of records, each of which has every record and standing reading of its key beside it.

    Of the good records of one key the payload that stands is new with its first record, repeated by its others, and
    every record of another payload loses. Where a reading of the key stands already: an equal payload repeats it, one
    that stands before it replaces it, and one that does not loses.

    Args:
        flagged: Records with `steps` and `_faults`.
        standing: Of `silver.readings`; only key and payload are looked at.
    """
    good = is_good(flagged)
    fates = np.full(flagged.num_rows, FATES.index(Fate.FAULTY), dtype=np.int8)
    both = pa.concat_tables([_sortable(flagged.filter(pa.array(good))), _sortable(standing)])
    is_held = np.arange(both.num_rows) >= good.sum()
    ranked = _ranked(both, is_held)
    fates[good] = ranked.fates()[~is_held]
    return SortedOut(fates, both.filter(pa.array(is_held & ranked.gives_way())).select([*KEY, *PAYLOAD]))


def is_behind(flagged: pa.Table, replaced: pa.Table) -> Flags:
    """Whether each record is good and says what one of the replaced readings said."""
    gone = set(zip(*(replaced.column(name).to_pylist() for name in (*KEY, *PAYLOAD)), strict=True))
    said = zip(*(flagged.column(name).to_pylist() for name in (*KEY, *PAYLOAD)), strict=True)
    same: Flags = np.fromiter((one in gone for one in said), dtype=np.bool_, count=flagged.num_rows)
    return same & is_good(flagged)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Rows in the order of key, then payload, the one that stands first; arrays are in that order."""

    order: NDArray[np.int64]
    key: NDArray[np.int64]
    payload: NDArray[np.int64]
    is_first: Flags
    best: NDArray[np.int64]
    held: NDArray[np.int64]

    def fates(self) -> NDArray[np.int8]:
        """Of each row, in the order that the rows had; of what stands already it says nothing that counts."""
        best, held = self.best[self.key], self.held[self.key]
        stands, is_free, is_larger = self.payload == best, held == _NOBODY, best < held
        fate = np.select(
            [~stands, is_free & self.is_first, ~is_free & is_larger & self.is_first, is_larger | (best == held)],
            [FATES.index(one) for one in (Fate.LOSES, Fate.NEW, Fate.REPLACES, Fate.REPEATS)],
            FATES.index(Fate.LOSES),
        )
        return self._as_before(fate.astype(np.int8))

    def gives_way(self) -> Flags:
        """Whether a larger record than what stands under the key has come."""
        return self._as_before(self.best[self.key] < self.held[self.key])

    def _as_before(self, column: NDArray[Any]) -> NDArray[Any]:
        back = np.empty_like(column)
        back[self.order] = column
        return back


def _ranked(rows: pa.Table, is_held: Flags) -> _Ranked:
    """The larger reading stands, so that a conflict never hides an alarm; then the machine that is first by name."""
    key: list[NDArray[Any]] = [coded(rows, "sensor_id").codes, coded(rows, "metric").codes, micros(rows, "measured_at")]
    payload: list[NDArray[Any]] = [
        -integers(rows, "steps"),
        coded(rows, "machine_id").ranks(),
        coded(rows, "factory_id").ranks(),
    ]
    place: list[NDArray[Any]] = [
        integers(rows, "_batch_id"), coded(rows, "_file_id").ranks(), integers(rows, "_line"),
        coded(rows, "_column").ranks(),
    ]  # fmt: skip
    order = np.lexsort((*reversed(place), is_held, *reversed(payload), *reversed(key)))
    key_begins = begins(key, order)
    payload_begins = key_begins | begins(payload, order)
    keys, payloads, held = np.cumsum(key_begins) - 1, np.cumsum(payload_begins) - 1, is_held[order]
    starts = np.flatnonzero(key_begins)
    best, standing = (_least(np.where(shown, payloads, _NOBODY), starts) for shown in (~held, held))
    return _Ranked(order, keys, payloads, payload_begins, best, standing)


def _least(column: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    least: NDArray[np.int64] = np.minimum.reduceat(column, starts) if len(starts) else column
    return least


def _sortable(rows: pa.Table) -> pa.Table:
    """Key, payload and place of rows, without nulls; what stands already has no place."""
    names = (*KEY, *PAYLOAD, *_PLACE)
    return pa.table([_filled(rows, name) for name in names], names=list(names))


def _filled(rows: pa.Table, name: str) -> pa.ChunkedArray | pa.Array:
    empty = pa.scalar("") if name in ("_file_id", "_column") else pa.scalar(0)
    if name not in rows.column_names:
        return pa.repeat(empty, rows.num_rows)
    column = rows.column(name)
    if not pa.types.is_dictionary(column.type):
        return column.fill_null(empty) if column.null_count else column
    return column.cast(pa.string()).fill_null("")
