"""`silver.machines`: what was true of each machine from when to when."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.record.text_object import members_of
from expectations.plant.plant_profile import Attribute, Profile
from expectations.tables.arrow_columns import STAMP, Flags, begins, integers, micros
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.machine_keys import machine_keys, moves_of
from expectations.tables.silver import machines
from silver import events_quarantine
from silver.clock import FileClocks, is_suspect

_CONTENT = ("moved_from", "machine_model", "attributes")
_NAMED = ("machine_id", "factory_id", "machine_model", "moved_from", "valid_from")
_SET_ASIDE_AS = {"machine_model": "code", "valid_from": "stated_at", "attributes": "detail"}


def build(bronze: pa.Table, profile: Profile, clocks: FileClocks) -> pa.Table:
    """The history of master data, key (machine_id, factory_id, valid_from), in its order.

    A row holds until the machine's next one, which is in another factory where it says `moved_from`.

    Args:
        bronze: `bronze.machines`.
        profile: The plant. What holds since an unknown time holds since it began; its attributes give the columns.
        clocks: The clocks of files that have one of their own.
    """
    resolved = _resolved(bronze, profile, clocks)
    winners = resolved.records.filter(pa.array(resolved.is_first & ~resolved.is_suspect & ~resolved.is_beaten))
    columns = {name: winners.column(name) for name in _NAMED}
    columns |= {"valid_to": _next_times(winners), **_attributes(winners, profile)}
    schema = arrow_schema(machines(profile))
    return pa.table([columns[name] for name in schema.names], schema=schema)


def quarantine(bronze: pa.Table, profile: Profile, clocks: FileClocks) -> pa.Table:
    """Records of master data that lost against another record of the same machine and time, or whose time is wrong."""
    resolved = _resolved(bronze, profile, clocks)
    named = resolved.records.rename_columns([_SET_ASIDE_AS.get(name, name) for name in resolved.records.column_names])
    records = named.append_column("feed", pa.repeat("machines", named.num_rows))
    return events_quarantine.build(
        records, {"clock_suspect": resolved.is_suspect, "conflicting_value": resolved.is_beaten}
    )


@dataclass(frozen=True, slots=True)
class _Resolved:
    """Records in the order of machine, time, then content, the winner first.

    Attributes:
        records: All of them; none is without `valid_from`.
        is_suspect: Whether the time of each cannot be true.
        is_beaten: Whether another content of the same machine and time comes first; of suspect ones, a suspect one.
        is_first: Whether it is the first of its content by file and line: the others are copies.
    """

    records: pa.Table
    is_suspect: Flags
    is_beaten: Flags
    is_first: Flags


def _resolved(bronze: pa.Table, profile: Profile, clocks: FileClocks) -> _Resolved:
    """Of several contents of one machine and time the last wins; a missing text comes before all texts.

    Records whose time cannot be true are compared with each other only: a later file may bring the same one in time.
    """
    since = bronze.column("valid_from").fill_null(pa.scalar(profile.began_at, STAMP))
    known = bronze.set_column(bronze.column_names.index("valid_from"), "valid_from", since)
    if "moved_from" not in known.column_names:  # written before moves could be declared
        known = known.append_column("moved_from", pa.nulls(known.num_rows, pa.string()))
    suspect = is_suspect(known, "valid_from", profile, clocks)
    key = [_ranks(known, "machine_id"), _ranks(known, "factory_id"), micros(known, "valid_from"), suspect]
    content = [_ranks(known, name, "descending") for name in _CONTENT]
    place = [_ranks(known, "_file_id"), integers(known, "_line")]
    order = np.lexsort((*reversed(place), *reversed(content), *reversed(key)))
    key_begins = begins(key, order)
    is_first = key_begins | begins(content, order)
    number = np.cumsum(is_first)
    first_of_key = np.maximum.accumulate(np.where(key_begins, number, 0))
    return _Resolved(known.take(pa.array(order)), suspect[order], number > first_of_key, is_first)


def _ranks(records: pa.Table, name: str, direction: str = "ascending") -> NDArray[np.int64]:
    """For each row the place of its text in the order of UTF-8 bytes, equal for equal texts; null comes last."""
    ranks = pc.rank(records.column(name), sort_keys=direction, tiebreaker="dense")
    places: NDArray[np.int64] = ranks.to_numpy().astype(np.int64)
    return places


def _next_times(winners: pa.Table) -> pa.Array:
    """The time of each machine's next row, in whatever factory; null after its last."""
    machine, since = machine_keys(winners, moves_of(winners)).codes, micros(winners, "valid_from")
    order = np.lexsort((since, machine))
    following, is_last = np.zeros(len(since), np.int64), np.ones(len(since), dtype=np.bool_)
    following[order[:-1]] = since[order[1:]]
    is_last[order[:-1]] = machine[order[1:]] != machine[order[:-1]]
    return pa.array(following, mask=is_last).cast(STAMP)


def _attributes(winners: pa.Table, profile: Profile) -> dict[str, pa.Array]:
    """Columns of the attributes that have no column of their own in bronze."""
    objects = [members_of(text) for text in winners.column("attributes").to_pylist()]
    asked = [attribute for attribute in profile.master_data if attribute.name != "machine_model"]
    return {attribute.name: _attribute(attribute, objects) for attribute in asked}


def _attribute(attribute: Attribute, objects: list[dict[str, str]]) -> pa.Array:
    texts = [one.get(attribute.name) for one in objects]
    if attribute.is_date:
        return pa.array([*map(_date, texts)], pa.date32())
    return pa.array(texts, pa.string()) if attribute.levels else pa.array([*map(_number, texts)], pa.float64())


def _date(text: str | None) -> date | None:
    """The text as a date, as ``2026-03-31`` or with a time behind; null where it is none."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    """The text as a double, null where it is no number; `1_0` and figures of other scripts are Python's, not JSON's."""
    if text is None or "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None
