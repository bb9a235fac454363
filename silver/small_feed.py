"""Small feeds: each record once, of two that differ always the same one, and what cannot be true is set aside."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.feeds import Feed
from expectations.plant.plant_profile import Profile
from expectations.tables.arrow_columns import Flags, begins, plain_texts, with_tidy_names
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from expectations.tables.shared import PROVENANCE
from silver import events_quarantine
from silver.clock import FileClocks, is_suspect

_PLACES = ("machine_id", "factory_id")


@dataclass(frozen=True, slots=True)
class SmallFeed:
    """How records of a feed become a table of silver whose columns they have.

    Attributes:
        feed: The feed; its key tells records apart, as that of the table does.
        table: The table.
        code: The column that the quarantine shows as the code of a record.
        faults: Fault code -> whether each record has it.
        happened: Whether its time has to be over; else it may be of the future.
        derived: Column of the table -> its values, where they are not those of the feed's column of that name.
    """

    feed: Feed
    table: Table
    code: str
    faults: Mapping[str, Callable[[pa.Table], Flags]] = field(default_factory=dict)
    happened: bool = True
    derived: Mapping[str, Callable[[pa.Table], pa.Array]] = field(default_factory=dict)

    @property
    def bronze(self) -> str:
        """The name of the table where its records arrive."""
        return f"bronze.{self.feed.name}"


def build(records: pa.Table, small: SmallFeed, profile: Profile, clocks: FileClocks) -> pa.Table:
    """The records that can be true, each once, in the order of their key.

    Args:
        records: The feed's table of bronze.
        small: The feed.
        profile: The plant.
        clocks: The clocks of files that have one of their own.
    """
    rows = with_tidy_names(plain_texts(records))
    good = _derived(rows.filter(pa.array(_is_good(_faults(rows, small, profile, clocks), rows.num_rows))), small)
    winners, _ = _winners(good, small.feed)
    schema = arrow_schema(small.table)
    return good.take(pa.array(winners)).select(schema.names).cast(schema)


def quarantine(records: pa.Table, small: SmallFeed, profile: Profile, clocks: FileClocks) -> pa.Table:
    """Records that cannot be true, and those that another record of the same key contradicts."""
    rows = with_tidy_names(plain_texts(records))
    faults = _faults(rows, small, profile, clocks)
    good = np.flatnonzero(_is_good(faults, rows.num_rows))
    _, beaten = _winners(_derived(rows.take(pa.array(good)), small), small.feed)
    differs = np.zeros(rows.num_rows, np.bool_)
    differs[good[beaten]] = True
    faults["conflicting_value"] = differs
    aside = np.flatnonzero(~_is_good(faults, rows.num_rows))
    records = _as_events(rows.take(pa.array(aside)), small)
    return events_quarantine.build(records, {code: found[aside] for code, found in faults.items()})


def _derived(rows: pa.Table, small: SmallFeed) -> pa.Table:
    """Good records with the table's values: two spellings of one value are no contradiction."""
    for name, values in small.derived.items():
        rows = rows.set_column(rows.schema.get_field_index(name), name, values(rows))
    return rows


def _faults(rows: pa.Table, small: SmallFeed, profile: Profile, clocks: FileClocks) -> dict[str, Flags]:
    is_wrong = np.zeros(rows.num_rows, np.bool_)
    suspect = is_suspect(rows, small.feed.time, profile, clocks) if small.happened else is_wrong
    return {"clock_suspect": suspect, **{code: found(rows) for code, found in small.faults.items()}}


def _is_good(faults: Mapping[str, Flags], count: int) -> Flags:
    wrong = np.zeros(count, np.bool_)
    for found in faults.values():
        wrong = wrong | found
    return ~wrong


def _winners(rows: pa.Table, feed: Feed) -> tuple[NDArray[np.int64], Flags]:
    """The place of one record of each key, in the order of the keys, and which records say something else than it.

    It is the last of its key by what the records say, column by column, null first: the same in every order of arrival.
    """
    names = (*feed.key, *(column.name for column in feed.columns if column.name not in feed.key))
    ranks = [_ranks(rows.column(name)) for name in names]
    order = np.lexsort(ranks[::-1])
    starts = np.flatnonzero(begins(ranks[: len(feed.key)], order))
    ends = np.append(starts[1:], len(order))[: len(starts)]
    last = np.repeat(order[ends - 1], ends - starts)
    differs = np.zeros(rows.num_rows, np.bool_)
    for values in ranks[len(feed.key) :]:
        differs[order] |= values[order] != values[last]
    return order[ends - 1], differs


def _ranks(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """The place of each value among those that there are, null before all."""
    found = pc.rank(column, sort_keys=[("", "ascending", "at_start")], tiebreaker="dense")
    ranks: NDArray[np.int64] = found.to_numpy().astype(np.int64)
    return ranks


def _as_events(rows: pa.Table, small: SmallFeed) -> pa.Table:
    """The records with the columns of the quarantine; what it has no column for is in the detail, as JSON."""
    shown = {*_PLACES, small.code, small.feed.time}
    rest = [column.name for column in small.feed.columns if column.name not in shown]
    texts = [_json(row) for row in rows.select(rest).to_pylist()]
    columns = {name: _column(rows, name) for name in _PLACES}
    columns |= {"code": rows.column(small.code), "stated_at": rows.column(small.feed.time)}
    columns |= {column.name: rows.column(column.name) for column in PROVENANCE}
    return pa.table(
        {"feed": pa.repeat(small.feed.name, rows.num_rows), "detail": pa.array(texts, pa.string()), **columns}
    )


def _column(rows: pa.Table, name: str) -> Any:
    return rows.column(name) if name in rows.column_names else pa.nulls(rows.num_rows, pa.string())


def _json(row: dict[str, Any]) -> str:
    stated = {name: value for name, value in row.items() if value is not None}
    return json.dumps({k: v.isoformat() if isinstance(v, datetime) else v for k, v in stated.items()})
