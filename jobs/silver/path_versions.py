"""The versions of paths, as the ledger has them: what each holds, whether it was read whole, and how they rank."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from bronze.files import Known, Outcome, replaced_by
from expectations.feeds import READINGS
from expectations.mapping.keep import BY_VERSION, Keep
from expectations.tables.bronze import FILES
from expectations.tables.silver import READINGS_TABLE
from jobs.ingest.file_times import microseconds
from jobs.silver.export_times import counts_from, latest_at
from lakehouse.commits import newest_commit
from lakehouse.lake import Lake
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Entry

_READ = (Outcome.READ, Outcome.FILE_CHANGED)
_NEVER_THERE = (Outcome.ADMITTED, Outcome.UNMATCHED, Outcome.VANISHED, Outcome.REPAIRED, Outcome.UNDONE)
_COLUMNS = [
    "path", "sha256", "modified_at", "mapping", "feed", "outcome", "first_byte", "first_line", "continues", "is_cut",
    "rows", "rejected", "clock_at", "_ingested_at", "_batch_id", "_file_id",
]  # fmt: skip


Rules = Mapping[str, Keep]
"""Mapping -> its rule."""
State = tuple[str, str, int]
"""Path, SHA-256 of the content, and modification time in microseconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A row of the ledger: a content of readings that landed at a path; `file_id` is of its newest reading.

    `modified_us` is the time that it counts from: the file's own, or the export time that its path states, unless that
    lies too far after the file's clock.
    """

    path: str
    digest: str
    modified_us: int
    mapping: str
    batch: int
    file_id: str
    is_read: bool
    is_tail: bool
    first_line: int
    continues: str | None
    is_cut: bool | None
    rows: int
    rejected: int

    @property
    def state(self) -> State:
        """What lay there and when."""
        return self.path, self.digest, self.modified_us


@dataclass(frozen=True, slots=True)
class PathVersion:
    """A version of a path.

    Attributes:
        at_us: When it was modified, at its last arrival; microseconds since the epoch.
        digest: SHA-256 of its content.
        file_id: `_file_id` of its content.
        mapping: That of its last arrival.
        contents: (`_file_id`, line from which on records are of the next one; 0: none) of each content that holds its
            records: several where a file grew.
        flaw: Why it withdraws nothing; empty where it was read whole.
        is_known: Whether the ledger says all of its contents.
    """

    at_us: int
    digest: str
    file_id: str
    mapping: str
    contents: tuple[tuple[str, int], ...]
    flaw: str
    is_known: bool

    @property
    def rank(self) -> tuple[int, str]:
        """The greatest of a path is the latest."""
        return self.at_us, self.digest


def arrivals(
    plant: Plant, until: int | None = None, paths: Sequence[str] | None = None, keep: Rules | None = None
) -> list[Arrival]:
    """Contents of readings that were ever at a path.

    Args:
        plant: The plant.
        until: The last batch that counts; None: all do.
        paths: Which paths, and with them all that holds their records; None: every path.
        keep: The rules by which export times count; None: those of now.
    """
    replaced = replaced_readings(plant, until)
    where = None if paths is None else ds.field("path").isin(list(paths))
    found, asked = by_newest(_rows(plant, until, where, keep), replaced), set[str]()
    while lacking := _lacking(found) - asked:
        asked |= lacking
        more = [one for one in _rows(plant, until, ds.field("_file_id").isin(sorted(lacking)), keep) if one.is_read]
        found = [*found, *by_newest(more, replaced)]
    return found


def replaced_in(plant: Plant, number: int) -> dict[str, int]:
    """`_file_id` -> batch of each reading, of readings, that a batch replaced."""
    return _batches(plant, number, replaced_readings(plant, number, number))


def replaced_until(plant: Plant, number: int) -> dict[str, int]:
    """The same of every batch up to one."""
    return _batches(plant, number, replaced_readings(plant, number))


def _batches(plant: Plant, number: int, replaced: Mapping[str, str]) -> dict[str, int]:
    if not replaced:
        return {}
    rows = _rows(plant, number, ds.field("_file_id").isin(sorted(replaced)))
    return {one.file_id: one.batch for one in rows if one.is_read}


def replaced_readings(plant: Plant, until: int | None = None, since: int = 0) -> dict[str, str]:
    """`_file_id` of a content that was read again -> that of its newest reading, in batches from one to another."""
    return replaced_by(
        [one for batch, one in _replacing(plant.lake) if since <= batch and (until is None or batch <= until)]
    )


def _replacing(lake: Lake) -> tuple[tuple[int, Known], ...]:
    """The rows of the ledger whose contents were read in place of others, each with its batch."""
    found = newest_commit(lake.storage_of(FILES))
    return () if found is None else _replacing_at(lake, *found)


@lru_cache(maxsize=1)
def _replacing_at(lake: Lake, _: int, __: Entry) -> tuple[tuple[int, Known], ...]:
    """A silver run asks for them in each of its recipes."""
    rows = lake.arrow(FILES, ["replaces", "outcome", "_file_id", "_batch_id"])
    if "replaces" not in rows.column_names:
        return ()
    return tuple(
        (
            row["_batch_id"],
            Known("", 0, 0, "", row["outcome"], file_id=row["_file_id"], replaces=tuple(row["replaces"])),
        )
        for row in rows.filter(pc.is_valid(rows.column("replaces"))).to_pylist()
    )


def landed(plant: Plant, until: int | None = None, keep: Rules | None = None) -> list[Arrival]:
    """Every content of readings that was ever at a path, by the reading that its row of the ledger names."""
    return _rows(plant, until, None, keep)


def by_newest(found: Sequence[Arrival], replaced: Mapping[str, str]) -> list[Arrival]:
    """The arrivals by their newest readings; the reading that was replaced is none, and continues none."""
    return [_by_newest(one, replaced) for one in found]


def _by_newest(one: Arrival, replaced: Mapping[str, str]) -> Arrival:
    if one.file_id in replaced:
        return replace(one, file_id=replaced[one.file_id], is_read=False, continues=None)
    return replace(one, continues=replaced.get(one.continues or "", one.continues))


def _rows(plant: Plant, until: int | None, where: Any, keep: Rules | None = None) -> list[Arrival]:
    stated, lead_us = _stating(plant, keep), plant.profile.ahead_s * 1_000_000
    return [
        _arrival(row, stated.get(row["mapping"], BY_VERSION), lead_us)
        for row in plant.lake.arrow(FILES, _COLUMNS, where).to_pylist()
        if row["feed"] == READINGS.name and row["outcome"] not in _NEVER_THERE
        if until is None or row["_batch_id"] <= until
    ]


def _lacking(found: Sequence[Arrival]) -> set[str]:
    """Contents that are named and not there."""
    named = {one.file_id for one in found} | {one.continues for one in found if one.continues}
    return named - {one.file_id for one in found if one.is_read}


def _stating(plant: Plant, keep: Rules | None) -> dict[str, Keep]:
    """The rules of mappings whose paths state an export time; of a mapping that is gone, the last that silver used."""
    used = plant.lake.last(READINGS_TABLE, lambda metadata: metadata.keep) or {}
    rules = {**used, **({one.name: one.keep for one in plant.sources.usable} if keep is None else keep)}
    return {name: keep for name, keep in rules.items() if keep.exported}


def _arrival(row: dict[str, Any], keep: Keep, lead_us: int) -> Arrival:
    path, own_us = row["path"], microseconds(row["modified_at"])
    counts_us = counts_from(keep, path, own_us, latest_at(row, lead_us))
    return Arrival(
        path, row["sha256"], counts_us, row["mapping"], row["_batch_id"],
        row["_file_id"], row["outcome"] in _READ, bool(row["first_byte"]), row["first_line"] or 1,
        row.get("continues"), row.get("is_cut"), row["rows"] or 0, row["rejected"] or 0,
    )  # fmt: skip


def read_together(readings: Iterable[tuple[State, str]]) -> set[str]:
    """Paths at which several mappings read one state of a file: each has versions of its own there.

    Args:
        readings: Each state that landed, with the `_file_id` of its newest reading.
    """
    files: dict[State, set[str]] = {}
    for state, file in readings:
        files.setdefault(state, set()).add(file)
    return {state[0] for state, several in files.items() if len(several) > 1}


def joined_paths(found: Sequence[Arrival]) -> set[str]:
    """The paths among arrivals that several mappings read."""
    return read_together((one.state, one.file_id) for one in found)


def source_name(path: str, mapping: str, together: set[str]) -> str:
    """Whose versions compete with each other: those of the path, or those that one mapping reads there."""
    return f"{path} (mapping {mapping})" if path in together else path


def versions_by_path(found: Sequence[Arrival], touched: set[str] | None = None) -> dict[str, list[PathVersion]]:
    """By `source_name` its versions, each content once, in order of rank.

    Args:
        found: Arrivals at the paths.
        touched: Which paths; None: all.
    """
    together = joined_paths(found)
    read = {one.file_id: one for one in found if one.is_read}
    last: dict[tuple[str, str], Arrival] = {}
    for one in found:
        known = last.get((one.path, one.file_id))
        is_same = one.file_id in read and read[one.file_id].digest == one.digest  # else a beginning of what was read
        if is_same and (known is None or known.modified_us < one.modified_us):
            last[one.path, one.file_id] = one
    versions: dict[str, list[PathVersion]] = {}
    for one in last.values():
        source = source_name(one.path, read[one.file_id].mapping, together)
        if touched is None or one.path in touched:
            versions.setdefault(source, []).append(_version(one, read))
    return {path: sorted(some, key=lambda version: version.rank) for path, some in versions.items()}


def _version(arrival: Arrival, read: Mapping[str, Arrival]) -> PathVersion:
    contents, at, until = [(arrival.file_id, 0)], read[arrival.file_id], 0
    while at.is_tail and at.continues is not None and at.continues in read:
        at, until = read[at.continues], at.first_line
        contents.append((at.file_id, until))
    own = [read[file] for file, _ in contents]
    flaw = _flaw(own, is_known=not at.is_tail)
    return PathVersion(
        arrival.modified_us, arrival.digest, arrival.file_id, arrival.mapping, tuple(contents), flaw, not at.is_tail
    )


def _flaw(own: Sequence[Arrival], *, is_known: bool) -> str:
    """Why a version of these arrivals, the newest first, withdraws nothing; empty where it may."""
    if not is_known:
        return "an older version of Assay read it in parts"
    if own[0].is_cut or own[0].is_cut is None:
        return "it ends in the midst of a line" if own[0].is_cut else "an older version of Assay read it"
    if rejected := sum(one.rejected for one in own):
        return f"{rejected:,} of its records were rejected"
    return "" if any(one.rows for one in own) else "it has no readings"
