"""Outcomes of records that are faulty, or that have a key in common with each other or with a stored reading.

Most records are sound and alone with their key. They are new, and `resolve` is not needed for them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.tables.arrow_columns import Flags, begins, coded, integers, micros
from expectations.tables.machine_keys import machine_keys
from expectations.tables.silver import READINGS_TABLE
from silver.readings import is_good

KEY = READINGS_TABLE.key
PAYLOAD = ("steps",)
_PLACE = ("_batch_id", "_file_id", "_line", "_column")
_NOBODY = np.iinfo(np.int64).max


class Outcome(StrEnum):
    """The outcome of a record."""

    FAULTY = "faulty"
    NEW = "new"
    REPLACES = "replaces"
    REPEATS = "repeats"
    LOSES = "loses"


OUTCOMES = tuple(Outcome)
ACCEPTED = (Outcome.NEW, Outcome.REPLACES)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The outcome of each record.

    Attributes:
        outcomes: For each record the place of its outcome in `OUTCOMES`.
        replaced: Key and payload of the stored readings that a record replaces.
    """

    outcomes: NDArray[np.int8]
    replaced: pa.Table

    def is_one_of(self, *outcomes: Outcome) -> Flags:
        """Whether each record has one of these outcomes."""
        return np.isin(self.outcomes, [OUTCOMES.index(one) for one in outcomes])


def resolve(flagged: pa.Table, stored: pa.Table) -> Resolved:
    """The outcomes of records, given every record and every stored reading of their keys.

    Sound records of one key are ranked by payload: the largest value comes first, so that a conflict never hides an
    alarm; then the first machine and factory by name. The first payload wins. Its first record is `new`, the others
    repeat it, and every other payload loses. A stored reading of the key takes part: a winner of equal payload repeats
    it, a better one replaces it, and otherwise the stored reading wins.

    Args:
        flagged: Records with `steps` and `_faults`.
        stored: Rows of `silver.readings`; only key and payload are used.

    Example: 7.0 replaces the stored 5.0 of the same key and is repeated once; 6.0 conflicts with it and loses.

        >>> from datetime import UTC, datetime
        >>> at = datetime(2026, 3, 1, tzinfo=UTC)
        >>> def reading(steps, **more):
        ...     machine = {"factory_id": "F1", "machine_id": "M1", "sensor_id": "S1"}
        ...     return {**machine, "metric": "temperature", "measured_at": at, "steps": steps, **more}
        >>> place = {"_batch_id": 2, "_file_id": "f", "_column": "", "_faults": []}
        >>> records = [reading(steps, _line=line, **place) for line, steps in enumerate((600, 700, 700), 1)]
        >>> found = resolve(pa.Table.from_pylist(records), pa.Table.from_pylist([reading(500)]))
        >>> [OUTCOMES[place].value for place in found.outcomes]
        ['loses', 'replaces', 'repeats']
        >>> found.replaced.column("steps").to_pylist()
        [500]
    """
    good = is_good(flagged)
    outcomes = np.full(flagged.num_rows, OUTCOMES.index(Outcome.FAULTY), dtype=np.int8)
    both = pa.concat_tables([_sortable(flagged.filter(pa.array(good))), _sortable(stored)])
    is_stored = np.arange(both.num_rows) >= good.sum()
    ranked = _ranked(both, is_stored)
    outcomes[good] = ranked.outcomes()[~is_stored]
    return Resolved(outcomes, both.filter(pa.array(is_stored & ranked.is_replaced())).select([*KEY, *PAYLOAD]))


def is_source_of(flagged: pa.Table, replaced: pa.Table) -> Flags:
    """Whether each record is sound and has the key and payload of a replaced reading."""
    gone = set(zip(*(replaced.column(name).to_pylist() for name in (*KEY, *PAYLOAD)), strict=True))
    given = zip(*(flagged.column(name).to_pylist() for name in (*KEY, *PAYLOAD)), strict=True)
    same: Flags = np.fromiter((one in gone for one in given), dtype=np.bool_, count=flagged.num_rows)
    return same & is_good(flagged)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Rows in the order of key, then of payload, the winner first; all arrays are in that order.

    Attributes:
        order: The place that each row had before.
        key: Number of the row's key.
        payload: Number of the row's payload, over all keys.
        is_first: Whether the row is the first of its payload.
        best: For each key the first payload among its records.
        held: For each key the payload of its stored reading; `_NOBODY` where there is none.
    """

    order: NDArray[np.int64]
    key: NDArray[np.int64]
    payload: NDArray[np.int64]
    is_first: Flags
    best: NDArray[np.int64]
    held: NDArray[np.int64]

    def outcomes(self) -> NDArray[np.int8]:
        """The outcome of each row, in the order that the rows had before; those of stored rows are not used."""
        best, held = self.best[self.key], self.held[self.key]
        wins, is_free, is_better = self.payload == best, held == _NOBODY, best < held
        outcome = np.select(
            [~wins, is_free & self.is_first, ~is_free & is_better & self.is_first, is_better | (best == held)],
            [OUTCOMES.index(one) for one in (Outcome.LOSES, Outcome.NEW, Outcome.REPLACES, Outcome.REPEATS)],
            OUTCOMES.index(Outcome.LOSES),
        )
        return self._as_before(outcome.astype(np.int8))

    def is_replaced(self) -> Flags:
        """Whether a record of the row's key is better than its stored reading."""
        return self._as_before(self.best[self.key] < self.held[self.key])

    def _as_before(self, column: NDArray[Any]) -> NDArray[Any]:
        back = np.empty_like(column)
        back[self.order] = column
        return back


def _ranked(rows: pa.Table, is_stored: Flags) -> _Ranked:
    """The rows ranked: larger values first, then machines and factories by name, then records by their place."""
    key: list[NDArray[Any]] = [
        machine_keys(rows).codes, coded(rows, "sensor_id").codes, coded(rows, "metric").codes,
        micros(rows, "measured_at"),
    ]  # fmt: skip
    payload: list[NDArray[Any]] = [
        -integers(rows, "steps"),
    ]
    place: list[NDArray[Any]] = [
        integers(rows, "_batch_id"), coded(rows, "_file_id").ranks(), integers(rows, "_line"),
        coded(rows, "_column").ranks(),
    ]  # fmt: skip
    order = np.lexsort((*reversed(place), is_stored, *reversed(payload), *reversed(key)))
    key_begins = begins(key, order)
    payload_begins = key_begins | begins(payload, order)
    keys, payloads, held = np.cumsum(key_begins) - 1, np.cumsum(payload_begins) - 1, is_stored[order]
    starts = np.flatnonzero(key_begins)
    best, stored = (_least(np.where(shown, payloads, _NOBODY), starts) for shown in (~held, held))
    return _Ranked(order, keys, payloads, payload_begins, best, stored)


def _least(column: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    least: NDArray[np.int64] = np.minimum.reduceat(column, starts) if len(starts) else column
    return least


def _sortable(rows: pa.Table) -> pa.Table:
    """Key, payload and place of rows, without nulls; stored readings have no place."""
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
