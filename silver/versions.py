"""Versions of files: how records that compete for one key rank, by the times that the ledger has of their files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from domain.conflicts import KEEPS, NO_REVISION
from expectations.mapping.keep import BY_VERSION, Keep
from expectations.tables.arrow_columns import Flags, coded, integers

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WholeVersion:
    """A version of a path that was read whole and without a rejected record: what it lacks is withdrawn.

    Attributes:
        at_us: When it was modified, at its last arrival; microseconds since the epoch.
        digest: SHA-256 of the content.
        file_id: `_file_id` of the content.
    """

    at_us: int
    digest: str
    file_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """A version of a path that holds records of a content.

    Attributes:
        path: The path, below the landing folder.
        at_us: When the version was modified, at its last arrival; microseconds since the epoch.
        digest: SHA-256 of the version's content.
        until_line: Records from this line on are not in it, for they were read again; 0: all are.
        whole: Every whole version of the path, in order of rank.
    """

    path: str
    at_us: int
    digest: str
    until_line: int
    whole: tuple[WholeVersion, ...]


class Landing(NamedTuple):
    """A version of a path: a content that landed there.

    Attributes:
        path: Where, below the landing folder.
        at_us: When it was modified; microseconds since the epoch.
        digest: SHA-256 of the whole content.
    """

    path: str
    at_us: int
    digest: str


@dataclass(frozen=True, slots=True)
class Version:
    """A content of a path.

    Attributes:
        path: Where it landed, below the landing folder.
        at_us: When it was modified, at its last arrival there; microseconds since the epoch.
        digest: SHA-256 of the content.
        keep: The rule of the mapping that read it.
        places: Where its records are withdrawn when a version lacks them: the versions of paths that hold them.
        replaced_by: `_file_id` of the reading that replaced this one; empty: none did.
        landings: Versions of paths that hold all its records; empty: it landed once, there and then.
        until_line: Records from this line on are read again where a file goes on from it; 0: none is.
        holders: Versions that hold the records before that line, also those of files that go on from it.
        repairs: `_line` and `_column` of each record that a repair in force replays -> `_file_id` of the repair.
    """

    path: str
    at_us: int
    digest: str
    keep: Keep = BY_VERSION
    places: tuple[Place, ...] = ()
    replaced_by: str = ""
    landings: tuple[Landing, ...] = ()
    until_line: int = 0
    holders: tuple[Landing, ...] = ()
    repairs: Mapping[tuple[int, str], str] = field(default_factory=dict)

    @property
    def whole(self) -> tuple[Landing, ...]:
        """The versions that hold all its records, at least one."""
        return self.landings or (Landing(self.path, self.at_us, self.digest),)


Versions = Mapping[tuple[int, str], Version]
"""(`_batch_id`, `_file_id`) -> the content that its records came in."""


@dataclass(frozen=True, slots=True)
class InSources:
    """An entry for each record and version that has it: a content may lie at several paths, and files go on from it.

    Attributes:
        record: Place of the record.
        source: Number of the source.
        by_version: Rank of the version among those of the source; greater is later.
        by_time: Rank of the version among those of all sources; greater is later.
        copy: Number of the record, and of content and time of its file: where two paths have both, they hold one
            version.
    """

    record: Numbers
    source: Numbers
    by_version: Numbers
    by_time: Numbers
    copy: Numbers

    def only(self, rows: Flags) -> "InSources":
        """Those of some records."""
        mine = rows[self.record]
        record = (np.cumsum(rows) - 1)[self.record[mine]]
        return InSources(record, self.source[mine], self.by_version[mine], self.by_time[mine], dense(self.copy[mine]))


@dataclass(frozen=True, slots=True)
class Ranks:
    """For each record: the versions that have it, its rule as a place in `KEEPS`, and the time by which it ranks.

    That is when it was exported, where the record says it, else the time of its own version.
    """

    sources: InSources
    rule: Numbers
    at_us: Numbers

    def only(self, rows: Flags) -> "Ranks":
        """Those of some records."""
        return Ranks(self.sources.only(rows), self.rule[rows], self.at_us[rows])


def ranks(records: pa.Table, versions: Versions) -> Ranks:
    """How records rank: as `domain.conflicts.Candidate` says, by columns.

    Args:
        records: Columns of `bronze.readings`.
        versions: The contents of the records' files. A file that is not there is a path of its own without a time.
    """
    found, place = versions_of(records, versions)
    at_us = np.array([one.at_us for one in found], dtype=np.int64)[place]
    stated = _revised(records, at_us, np.arange(len(place)))
    return Ranks(_in_sources(records, found, place), _rules(records, found, place), stated)


def _in_sources(records: pa.Table, found: list[Version], place: Numbers) -> InSources:
    """The entries of all records; one that its gateway numbered is of the gateway, wherever it lies.

    What a record itself says of its version ranks before its file's time, in the order of `domain.conflicts.Candidate`.
    """
    record, landings, which = _landings(records, found, place)
    path = _numbered([one.path for one in landings])[which]
    at_us = np.array([one.at_us for one in landings], dtype=np.int64)[which]
    digest = _numbered([one.digest for one in landings])[which]
    sequence, gateway = _sequences(records)[record], _gateways(records)[record]
    is_numbered = (sequence >= 0) & (gateway >= 0)
    revision, stated = _revisions(records)[record], _revised(records, at_us, record)
    first, last = np.where(is_numbered, sequence, stated), np.where(is_numbered, at_us, sequence)
    middle = np.where(is_numbered, stated, at_us)
    source = np.where(is_numbered, len(landings) + gateway, path)
    by_version = dense(revision, first, middle, last, digest)
    by_time = dense(revision, stated, at_us, sequence, digest)
    return InSources(record, source, by_version, by_time, dense(record, at_us, digest))


def _landings(records: pa.Table, found: list[Version], place: Numbers) -> tuple[Numbers, list[Landing], Numbers]:
    """An entry for each record and version that has it: the record's place, all versions, and the place of its own."""
    some = [each for one in found for each in (one.whole, one.holders)]
    until = np.array([one.until_line for one in found], dtype=np.int64)[place]
    mine = 2 * place + (integers(records, "_line") < until)
    counts = np.array([len(one) for one in some], dtype=np.int64)[mine]
    record = np.repeat(np.arange(len(place)), counts)
    nth = np.arange(len(record)) - np.repeat(np.cumsum(counts) - counts, counts)
    begins = np.cumsum([0, *(len(one) for one in some)])[:-1]
    return record, [landing for one in some for landing in one], begins[mine[record]] + nth


def dense(*columns: Numbers) -> Numbers:
    """The rank of each row by some columns, the first one first: equal rows have equal numbers, from 0."""
    size = len(columns[0])
    number = np.zeros(size, dtype=np.int64)
    if size:
        order = np.lexsort(columns[::-1])
        differs = np.logical_or.reduce([column[order][1:] != column[order][:-1] for column in columns])
        number[order[1:]] = np.cumsum(differs)
    return number


def versions_of(records: pa.Table, versions: Versions) -> tuple[list[Version], Numbers]:
    """The versions of some records, each once, and for each record the place of its version."""
    batch, file = integers(records, "_batch_id"), coded(records, "_file_id")
    pairs, place = np.unique(np.stack([batch, file.codes.astype(np.int64)]), axis=1, return_inverse=True)
    named = [(int(number), file.texts[code]) for number, code in pairs.T]
    return [versions.get(name, Version(name[1], 0, "")) for name in named], place.reshape(-1).astype(np.int64)


def _rules(records: pa.Table, found: list[Version], place: Numbers) -> Numbers:
    metric = coded(records, "metric")
    table = [[KEEPS.index(one.keep.of(name)) for name in metric.texts] for one in found]
    known = np.array(table, dtype=np.int64).reshape(len(found), len(metric.texts))
    return known[place, metric.codes]


def _numbered(texts: list[str]) -> Numbers:
    """The place of each text in the order of its bytes."""
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    return np.array([places[text] for text in texts], dtype=np.int64)


def _sequences(records: pa.Table) -> Numbers:
    """The number of each record; -1 where it has none."""
    found: Numbers = _whole(records, "sequence").fill_null(-1).to_numpy()
    return found


def _revisions(records: pa.Table) -> Numbers:
    """The number of each record's version, as the record says."""
    found: Numbers = _whole(records, "revision").fill_null(NO_REVISION).to_numpy()
    return found


def _revised(records: pa.Table, at_us: Numbers, record: Numbers) -> Numbers:
    """For each entry the time that its record says it was exported at, else its own; microseconds since 1970."""
    column = _whole(records, "revised_at")
    is_stated: Flags = column.is_valid().to_numpy()
    stated: Numbers = column.fill_null(0).to_numpy()
    return np.where(is_stated[record], stated[record], at_us)


def _whole(records: pa.Table, name: str) -> pa.ChunkedArray:
    """A column as whole numbers; null where the records have none."""
    if name not in records.column_names:
        return pa.chunked_array([pa.nulls(records.num_rows, pa.int64())])
    return records.column(name).cast(pa.int64())


def _gateways(records: pa.Table) -> Numbers:
    """The gateway of each record by number; -1 where it names none."""
    column = records.column("gateway_id")
    texts = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
    codes: NDArray[Any] = (
        texts.dictionary_encode().unify_dictionaries().combine_chunks().indices.fill_null(-1).to_numpy()
    )
    return codes.astype(np.int64)
