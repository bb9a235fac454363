"""Outcomes of records that are faulty, or that have a key in common with each other.

Most records are sound and alone with their key. They are new, and `resolve` is not needed for them.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from domain.conflicts import FIRST, KEEPS, LATEST, NONE, SMALLEST, VERSION
from expectations.tables.arrow_columns import Flags, coded, integers, micros
from expectations.tables.machine_keys import machine_keys
from expectations.tables.silver import READINGS_TABLE
from silver.readings import is_good
from silver.versions import InSources, Numbers, Ranks, Versions, dense, ranks, versions_of
from silver.withdrawn import withdrawn

KEY = READINGS_TABLE.key
PLACE = ("_batch_id", "_file_id", "_line", "_column")
_NOBODY = np.iinfo(np.int64).max


class Outcome(StrEnum):
    """The outcome of a record: `loses` an open conflict, is `superseded` by a later version, or `withdrawn` by it."""

    FAULTY = "faulty"
    NEW = "new"
    REPEATS = "repeats"
    LOSES = "loses"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


OUTCOMES = tuple(Outcome)
ASIDE = (Outcome.FAULTY, Outcome.LOSES, Outcome.SUPERSEDED, Outcome.WITHDRAWN)
_CODES = {outcome: code for code, outcome in enumerate(OUTCOMES)}
_RULES = {keep: code for code, keep in enumerate(KEEPS)}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The outcome of each record, and what is stored of its key.

    Attributes:
        outcomes: For each record the place of its outcome in `OUTCOMES`.
        steps: For each record the steps that are stored of its key.
        has_steps: Whether there are any: not for a faulty record, nor in an open conflict.
        at_us: For each record the time by which its version ranks; 0 where that is not known.
        by: For each record `_file_id` of the version that withdrew it, or of the reading that replaced it; else empty.
    """

    outcomes: NDArray[np.int8]
    steps: Numbers
    has_steps: Flags
    at_us: Numbers
    by: NDArray[Any]

    def is_one_of(self, *outcomes: Outcome) -> Flags:
        """Whether each record has one of these outcomes."""
        return np.isin(self.outcomes, [_CODES[one] for one in outcomes])

    def only(self, rows: Flags) -> "Resolved":
        """Those of some records."""
        return Resolved(self.outcomes[rows], self.steps[rows], self.has_steps[rows], self.at_us[rows], self.by[rows])

    def equals(self, other: "Resolved") -> Flags:
        """Whether each record has the same outcome in another resolution."""
        same: Flags = (self.outcomes == other.outcomes) & (self.steps == other.steps)
        same &= (self.has_steps == other.has_steps) & (self.at_us == other.at_us) & (self.by == other.by)
        return same

    def beside(self, has_stored: Flags) -> "Resolved":
        """The outcomes where some keys have a stored reading that says the same: its records repeat it."""
        repeats = has_stored & self.is_one_of(Outcome.NEW)
        return replace(self, outcomes=np.where(repeats, _CODES[Outcome.REPEATS], self.outcomes).astype(np.int8))


def resolve(flagged: pa.Table, versions: Versions) -> Resolved:
    """The outcomes of records, given every record of their keys: a function of the records and their versions alone.

    Sound records of one key are resolved by the rule of their mappings, as `domain.conflicts.winner` does. Of the
    payload that wins, the first record is `new` and the others repeat it. Another payload loses; it is superseded
    where a later version has put it out of use. A record that is withdrawn is out of use whatever its value; so is one
    whose content was read again: it repeats what is stored, or is superseded, also where it was faulty. A record that
    a repair replays is out of use as well; a faulty one remains faulty, and names the repair.

    Args:
        flagged: Records with `steps` and `_faults`; faulty ones tell what a version has.
        versions: The contents of their files.

    Example: two versions of one path.

        >>> from datetime import UTC, datetime
        >>> from silver.versions import Version
        >>> at = datetime(2026, 3, 1, tzinfo=UTC)
        >>> def reading(steps, file):
        ...     return {"sensor_id": "S1", "metric": "temperature", "measured_at": at, "machine_id": "M1",
        ...             "factory_id": "F1", "steps": steps, "_batch_id": 1, "_file_id": file, "_column": "", "_line": 2,
        ...             "_faults": [], "gateway_id": "", "sequence": None}
        >>> rows = [reading(9990, "one"), reading(2160, "two")]
        >>> schema = pa.Table.from_pylist(rows).schema
        >>> schema = schema.set(schema.get_field_index("sequence"), pa.field("sequence", pa.int64()))
        >>> files = {(1, "one"): Version("d.csv", 10, "aa"), (1, "two"): Version("d.csv", 20, "bb")}
        >>> found = resolve(pa.Table.from_pylist(rows, schema), files)
        >>> [OUTCOMES[place].value for place in found.outcomes], found.steps.tolist()
        (['superseded', 'new'], [2160, 2160])
    """
    good, gone, again = is_good(flagged), withdrawn(flagged, versions), _read_again(flagged, versions)
    replayed = _repaired(flagged, versions)
    by = np.where(again != "", again, replayed)
    size = flagged.num_rows
    outcomes, steps = np.full(size, _CODES[Outcome.FAULTY], dtype=np.int8), np.zeros(size, dtype=np.int64)
    has_steps, at_us = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.int64)
    if good.any():
        sound = flagged.filter(pa.array(good))
        rows, ranked = _rows(sound), ranks(sound, versions)
        in_use = ~gone.is_out[good] & (by[good] == "")
        used, ranked_used = rows.only(in_use), ranked.only(in_use)
        winner = _winners(used, ranked_used)
        repeats = rows.payload == winner[rows.key]
        outcomes[good] = np.where(repeats, _CODES[Outcome.REPEATS], _CODES[Outcome.SUPERSEDED])
        outcomes[gone.is_out & good] = _CODES[Outcome.WITHDRAWN]
        outcomes[np.flatnonzero(good)[in_use]] = _outcomes(used, ranked_used, winner)
        found = winner[rows.key]
        has_steps[good] = found != _NOBODY
        steps[good] = rows.steps_of_payload[np.where(found == _NOBODY, 0, found)] * has_steps[good]
        at_us[good] = ranked.at_us
    outcomes[~good & (again != "")] = _CODES[Outcome.SUPERSEDED]
    by = np.where(outcomes == _CODES[Outcome.WITHDRAWN], gone.by, by)
    return Resolved(outcomes, steps, has_steps, at_us, np.where(outcomes == _CODES[Outcome.REPEATS], "", by))


def _read_again(flagged: pa.Table, versions: Versions) -> NDArray[Any]:
    """For each record `_file_id` of the reading that replaced its own; empty where none did."""
    found, place = versions_of(flagged, versions)
    return np.array([one.replaced_by for one in found] or [""], dtype=object)[place]


def _repaired(flagged: pa.Table, versions: Versions) -> NDArray[Any]:
    """For each record `_file_id` of the repair in force that replays it; empty where none does."""
    found, place = versions_of(flagged, versions)
    by = np.full(flagged.num_rows, "", dtype=object)
    for at, version in enumerate(found):
        mine = np.flatnonzero(place == at) if version.repairs else ()
        if len(mine):
            rows = flagged.select(["_line", "_column"]).take(pa.array(mine))
            cells = zip(rows.column("_line").to_pylist(), rows.column("_column").to_pylist(), strict=True)
            by[mine] = [version.repairs.get((line, column or ""), "") for line, column in cells]
    return by


def differing(flagged: pa.Table, stored: pa.Table) -> tuple[Flags, Flags]:
    """Whether the key of each record has a stored reading, and whether a sound record of that key says otherwise.

    Args:
        flagged: Records with `steps` and `_faults`.
        stored: Rows of `silver.readings`.
    """
    good = is_good(flagged)
    sound, names = flagged.filter(pa.array(good)), [*KEY, "steps"]
    rows = _rows(pa.concat_tables([_plain(sound.select(names)), _plain(stored.select(names))]), places=False)
    is_stored = np.arange(len(rows.key)) >= sound.num_rows
    held = _least(rows.key[is_stored], rows.payload[is_stored], rows.keys)
    differs = np.zeros(rows.keys, dtype=np.bool_)
    ours = ~is_stored & (held[rows.key] != _NOBODY)
    differs[rows.key[ours & (rows.payload != held[rows.key])]] = True
    has_stored, says_otherwise = np.zeros(flagged.num_rows, dtype=np.bool_), np.zeros(flagged.num_rows, dtype=np.bool_)
    has_stored[good], says_otherwise[good] = ours[~is_stored], differs[rows.key][~is_stored]
    return has_stored, says_otherwise


def numbered_payloads(sound: pa.Table) -> tuple[Numbers, Numbers]:
    """For each record the number of its key, and that of its payload over all keys."""
    rows = _rows(sound, places=False)
    return rows.key, rows.payload


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sound records by numbers.

    Attributes:
        key: Number of the record's key.
        payload: Number of its payload, over all keys: the least of a key has the largest value.
        smallest: The same, but the least of a key has the smallest value.
        steps_of_payload: By number of payload.
        keys: How many keys there are.
        place: Rank of the place that the record came from.
    """

    key: Numbers
    payload: Numbers
    smallest: Numbers
    steps_of_payload: Numbers
    keys: int
    place: Numbers

    def only(self, rows: Flags) -> "_Rows":
        """Those of some records, by the same numbers."""
        return replace(
            self, key=self.key[rows], payload=self.payload[rows], smallest=self.smallest[rows], place=self.place[rows]
        )


def _rows(sound: pa.Table, *, places: bool = True) -> _Rows:
    key = dense(
        machine_keys(sound).codes.astype(np.int64), coded(sound, "sensor_id").ranks(), coded(sound, "metric").ranks(),
        micros(sound, "measured_at"),
    )  # fmt: skip
    steps = integers(sound.select(["steps"]).set_column(0, "steps", sound.column("steps").fill_null(0)), "steps")
    payload = dense(key, -steps)
    steps_of = np.zeros(int(payload.max(initial=-1)) + 1, dtype=np.int64)
    steps_of[payload] = steps
    place = _places(sound) if places else np.zeros(len(key), dtype=np.int64)
    return _Rows(key, payload, dense(key, steps), steps_of, int(key.max(initial=-1)) + 1, place)


def _places(sound: pa.Table) -> Numbers:
    """For each record the number of its place: no two have the same."""
    column = sound.column("_column")
    cells = pa.table({"_column": column.cast(pa.string()).fill_null("")})
    columns = (
        coded(cells, "_column").ranks(), integers(sound, "_line"), coded(sound, "_file_id").ranks(),
        integers(sound, "_batch_id"),
    )  # fmt: skip
    place = np.empty(sound.num_rows, dtype=np.int64)
    place[np.lexsort(columns)] = np.arange(sound.num_rows)
    return place


def _winners(rows: _Rows, ranked: Ranks) -> Numbers:
    """For each key the payload that is stored; `_NOBODY` in an open conflict."""
    rule = _rule_of_keys(rows, ranked)
    is_candidate = _is_candidate(rows, ranked, rule)
    key, payload = rows.key[is_candidate], rows.payload[is_candidate]
    best, worst = _least(key, payload, rows.keys), -_least(key, -payload, rows.keys)
    by_smallest = np.zeros(len(rows.steps_of_payload), dtype=np.int64)
    by_smallest[rows.smallest] = rows.payload
    least = _least(rows.key, rows.smallest, rows.keys)
    smallest = np.where(least == _NOBODY, _NOBODY, by_smallest[np.where(least == _NOBODY, 0, least)])
    is_open = np.isin(rule, [_RULES[NONE], _RULES[VERSION]]) & (best != worst)
    return np.where(is_open, _NOBODY, np.where(rule == _RULES[SMALLEST], smallest, best))


def _rule_of_keys(rows: _Rows, ranked: Ranks) -> Numbers:
    """For each key the rule of its records where they agree, else the default."""
    least, most = _least(rows.key, ranked.rule, rows.keys), -_least(rows.key, -ranked.rule, rows.keys)
    return np.where(least == most, least, _RULES[VERSION])


def _is_candidate(rows: _Rows, ranked: Ranks, rule: Numbers) -> Flags:
    """Whether no later or earlier version puts a record out of use."""
    mine, sources = rule[rows.key], ranked.sources
    found: Flags = np.select(
        [mine == _RULES[LATEST], mine == _RULES[FIRST], mine == _RULES[VERSION]],
        [_has_least(rows, sources, -_since(rows, sources)), _has_least(rows, sources, sources.by_time),
         _is_newest(rows, sources)],
        default=True,
    )  # fmt: skip
    return found


def _has_least(rows: _Rows, sources: InSources, rank: Numbers) -> Flags:
    """Whether an entry of a record has the least rank of its key."""
    key = rows.key[sources.record]
    found = np.zeros(len(rows.key), dtype=np.bool_)
    found[sources.record[rank == _least(key, rank, rows.keys)[key]]] = True
    return found


def _since(rows: _Rows, sources: InSources) -> Numbers:
    """For each entry the rank in time of the version since which its source says the record's value."""
    source = dense(rows.key[sources.record], sources.source)
    says, version = dense(source, rows.payload[sources.record]), dense(source, sources.by_version)
    order = np.lexsort((version, says))
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = (says[order][1:] != says[order][:-1]) | (np.diff(version[order]) > 1)
    since = np.empty(len(order), dtype=np.int64)
    since[order] = sources.by_time[order][np.flatnonzero(begins)][np.cumsum(begins) - 1]
    return since


def _is_newest(rows: _Rows, sources: InSources) -> Flags:
    """Whether a record is in a version that no source of it has replaced for its key."""
    of_source = dense(rows.key[sources.record], sources.source)
    newest = -_least(of_source, -sources.by_version, len(of_source))[of_source]
    is_old = np.zeros(len(sources.record), dtype=np.bool_)
    is_old[sources.copy[sources.by_version != newest]] = True
    found = np.zeros(len(rows.key), dtype=np.bool_)
    found[sources.record[~is_old[sources.copy]]] = True
    return found


def _outcomes(rows: _Rows, ranked: Ranks, winner: Numbers) -> NDArray[np.int8]:
    rule = _rule_of_keys(rows, ranked)
    is_candidate = _is_candidate(rows, ranked, rule)
    in_use = np.zeros(len(rows.steps_of_payload), dtype=np.bool_)
    in_use[rows.payload[is_candidate]] = True
    wins = rows.payload == winner[rows.key]
    first = _least(rows.payload, rows.place, len(rows.steps_of_payload))[rows.payload]
    is_out = ~in_use[rows.payload] & np.isin(rule[rows.key], [_RULES[LATEST], _RULES[VERSION]])
    outcome = np.select(
        [wins & (rows.place == first), wins, is_out],
        [_CODES[one] for one in (Outcome.NEW, Outcome.REPEATS, Outcome.SUPERSEDED)],
        _CODES[Outcome.LOSES],
    )
    return outcome.astype(np.int8)


def _least(group: Numbers, value: Numbers, groups: int) -> Numbers:
    """For each group its least value; `_NOBODY` where it has none."""
    least = np.full(groups, _NOBODY, dtype=np.int64)
    np.minimum.at(least, group, value)
    return least


def _plain(rows: pa.Table) -> pa.Table:
    """Texts as texts, so that tables can be joined."""
    columns: list[Any] = [
        column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in rows.columns
    ]
    return pa.table(columns, names=rows.column_names)
