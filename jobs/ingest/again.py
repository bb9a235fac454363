"""Contents that a person asks to be read again under their corrected mapping: the batch of them, and what cannot be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bronze.again import Asked, Reading, again
from bronze.claims import still_known
from bronze.files import Content, Known, Landed, mappings_of
from expectations.mapping.digest import mapping_digest
from expectations.mapping.landed_path import reads
from expectations.mapping.mapping import Mapping
from expectations.tables.bronze import FILES
from jobs.ingest.file_times import microseconds
from jobs.ingest.half_lines import whole_lines
from jobs.ingest.landing import digest, scan
from jobs.ingest.new_files import Admission, Waiting
from jobs.ingest.plan import Batch, known_files, new_batch, unfinished_batch
from jobs.runtime.clock import checked
from lakehouse.errors import UsageError
from lakehouse.log import log
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Storage

_OF_GATEWAYS = ("edge_scores", "alerts")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a call is about: files that lie in the landing folder, and rows of the ledger."""

    files: tuple[Landed, ...]
    rows: tuple[Known, ...]


class ReadAgain:
    """A mapping, or a file of the landing folder, to be read again.

    Attributes:
        waiting: Halves of last lines that wait.
        asked: What the first look decided.
    """

    def __init__(self, plant: Plant, landing: Storage, admission: Admission, what: str) -> None:
        self._plant, self._landing, self._admission, self._what = plant, landing, admission, what
        self.waiting, self.asked = Waiting(), Asked()
        self._is_first = True

    def next_batch(self) -> Batch | None:
        """One that was left unfinished, else the contents to read again; None where all were.

        Raises:
            UsageError: There is no such mapping and no such file, or it is not read by a mapping of the plant's own.
        """
        ledger = self._plant.lake.arrow(FILES).to_pylist()
        unfinished = unfinished_batch(ledger)
        if unfinished is not None:
            log().info("resuming batch %d", unfinished.number)
            return unfinished
        asked = self._ask(still_known(known_files(ledger), self._plant.sources))
        if self._is_first:
            self.asked, self._is_first = asked, False
        if not asked.admissions:
            return None
        wall = checked(self._admission.now(), self._plant.profile)
        return new_batch(1 + max(row["_batch_id"] for row in ledger), self._admission.as_of, wall, asked.admissions)

    def _ask(self, known: Sequence[Known]) -> Asked:
        usable, scope = self._plant.sources.usable, self._scope(known)
        now_us = microseconds(checked(self._admission.now(), self._plant.profile))
        whole = whole_lines(self._landing, scope.files, usable, now_us)
        self.waiting = Waiting(halves=whole.halves)
        contents = [
            reading
            for content in digest(self._landing, whole.ready, known)
            for reading in _readings(content, mappings_of(content.landed.path, usable))
            if self._what not in reading.beside  # a mapping was asked for, and this is another
        ]
        return again(contents, scope.rows, known, {mapping.name: mapping_digest(mapping) for mapping in usable})

    def _scope(self, known: Sequence[Known]) -> _Scope:
        """The files and rows of the mapping or the file that was asked for."""
        there, sources = scan(self._landing), self._plant.sources
        refused = next((one for one in sources.refused if one.name == self._what), None)
        if refused is not None:
            raise UsageError(f"{'; '.join(refused.faults)}; fix {refused.path}, then run again")
        mapping = next((one for one in sources.usable if one.name == self._what), None)
        if mapping is not None:
            _own(mapping, mapping.name)
            rows = tuple(row for row in known if row.mapping == mapping.name)
            seen = {row.path for row in known}
            return _Scope(tuple(file for file in there if file.path in seen and reads(mapping, file.path)), rows)
        path = self._path()
        found = _Scope(
            tuple(file for file in there if file.path == path), tuple(row for row in known if row.path == path)
        )
        if not found.files and not found.rows:
            names = ", ".join(one.name for one in sources.usable if one.feed.name not in _OF_GATEWAYS)
            raise UsageError(
                f"{self._what!r} is no mapping and no file of {self._landing.place}, and none was read from there; "
                f"legal: a mapping ({names}), or a path below the landing folder"
            )
        return found

    def _path(self) -> str:
        """The file's path below the landing folder, also where it was named with that folder."""
        return self._what.removeprefix(f"{self._landing.place}/")


def _readings(content: Content, found: Sequence[Mapping]) -> Iterator[Reading]:
    """The content by each of the mappings that read it."""
    if not found:
        _own(None, content.landed.path)
    names = frozenset(mapping.name for mapping in found)
    for mapping in found:
        yield Reading(content, _own(mapping, content.landed.path), names - {mapping.name})


def _own(mapping: Mapping | None, what: str) -> Mapping:
    """The mapping, where it is one that a plant can correct."""
    if mapping is None:
        raise UsageError(f"no mapping's files match {what}; add a glob to a mapping, then `assay ingest` reads it")
    if mapping.feed.name in _OF_GATEWAYS:
        raise UsageError(
            f"{what} is what gateways send back: no mapping of the plant reads it, and it is not read again"
        )
    return mapping


def again_lines(asked: Asked, replaced: Sequence[int]) -> list[str]:
    """The outcome of a call.

    Args:
        asked: What was decided.
        replaced: Records of the readings that were replaced, and how many of them were rejected.
    """
    lines = []
    if asked.admissions:
        lines.append(
            f"ingest: read again: {_paths([one.content.landed.path for one in asked.admissions])}; replaces "
            f"{replaced[0]:,} records of earlier readings, {replaced[1]:,} of them rejected"
        )
    if asked.as_they_are:
        lines.append(f"ingest: not read again, the mapping reads as it did: {_paths(asked.as_they_are)}")
    if asked.new:
        lines.append(f"ingest: not read before: {_paths(asked.new)}; `assay ingest` reads what is new")
    return lines


def gone_reason(asked: Asked) -> str:
    """What cannot be read again, and what to do; empty where all can."""
    if not asked.gone:
        return ""
    return (
        f"the landing folder no longer has what was read from {_paths([row.path for row in asked.gone])}: its records "
        "stay as they were read; put the file back at its path with the time that it had (`cp -p`, `rsync -t`), then "
        "run the same command again"
    )


def _paths(paths: Sequence[str]) -> str:
    once = sorted(set(paths))
    more = f" and {len(once) - _NAMED} more" if len(once) > _NAMED else ""
    return f"{len(once):,} {'file' if len(once) == 1 else 'files'} ({', '.join(once[:_NAMED])}{more})"
