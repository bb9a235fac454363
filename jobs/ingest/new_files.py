"""What is new in the landing folder: the batch to read next, and what waits and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bronze.claims import Claims, claims, still_known
from bronze.files import Content, Known, Landed, admit, unseen
from expectations.mapping.containers import split_member
from expectations.tables.bronze import FILES
from jobs.ingest.file_times import microseconds
from jobs.ingest.half_lines import whole_lines
from jobs.ingest.landing import digest, scan
from jobs.ingest.plan import Batch, known_files, new_batch, unfinished_batch
from jobs.ingest.unpacking import with_members
from jobs.runtime.clock import Now, checked, wall_clock
from lakehouse.log import log
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Storage


@dataclass(frozen=True, slots=True)
class Admission:
    """By what clock files are admitted, and which of them.

    Attributes:
        as_of: The clock that was given by hand; None: files use the wall clock at which they are admitted.
        files_until: Only files whose modification time is at or before it are admitted; None: all.
        now: The wall clock.
    """

    as_of: datetime | None = None
    files_until: datetime | None = None
    now: Now = wall_clock


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: files later than `--files-until`, those whose mapping has to be fixed, and halves of last lines."""

    later: tuple[str, ...] = ()
    claims: Claims = field(default_factory=Claims)
    halves: tuple[str, ...] = ()


class NewFiles:
    """What waits in the landing folder. Each content is digested once a run, however often it is asked.

    `waiting`: What the last look left in the landing folder.
    """

    def __init__(self, plant: Plant, landing: Storage, admission: Admission) -> None:
        self._plant, self._landing, self._admission = plant, landing, admission
        self._contents: dict[tuple[Landed, frozenset[int]], Content] = {}
        self.waiting = Waiting()

    def next_batch(self) -> Batch | None:
        """The batch to read next: one that was left unfinished, else one of what is new; None where nothing is.

        The wall clock is asked when the files have been looked at: what they hold was there by then.
        """
        ledger = self._plant.lake.arrow(FILES).to_pylist()
        unfinished = unfinished_batch(ledger)
        if unfinished is not None:
            log().info("resuming batch %d", unfinished.number)
            return unfinished
        known = still_known(known_files(ledger), self._plant.sources)
        ready = self._ready(unseen(scan(self._landing), known, self._plant.sources.usable), known)
        contents = self._digested(self._whole(ready, known), known)
        admissions = admit(contents, known, self._plant.sources.usable)
        if not admissions:
            return None
        number = 1 + max((row["_batch_id"] for row in ledger), default=0)
        return new_batch(number, self._admission.as_of, self._wall(), admissions)

    def _wall(self) -> datetime:
        return checked(self._admission.now(), self._plant.profile)

    def _ready(self, fresh: Sequence[Landed], known: Sequence[Known]) -> Sequence[Landed]:
        """The new files and members of archives that may be admitted; the others are noted."""
        until = self._admission.files_until
        in_time = [file for file in fresh if until is None or file.modified_us <= microseconds(until)]
        later = {file.path for file in fresh} - {file.path for file in in_time}
        sources = self._plant.sources
        listed = unseen(with_members(self._landing, in_time, sources), known, sources.usable)
        found = claims(listed, sources)
        self.waiting = Waiting(tuple(sorted(later)), found)
        return found.ready

    def _whole(self, ready: Sequence[Landed], known: Sequence[Known]) -> Sequence[Landed]:
        """The files up to their last whole line; those of which that was read before are left out."""
        mappings = self._plant.sources.usable
        if not any(mapping.appended for mapping in mappings):
            return ready
        found = whole_lines(self._landing, ready, mappings, microseconds(self._wall()))
        self.waiting = replace(self.waiting, halves=found.halves)
        return unseen(found.ready, known, mappings)

    def _digested(self, fresh: Sequence[Landed], known: Sequence[Known]) -> list[Content]:
        sizes: dict[str, set[int]] = {}
        for earlier in known:
            sizes.setdefault(earlier.path, set()).add(earlier.size)
        keys = {file: (file, frozenset(sizes.get(file.path, ()))) for file in fresh}
        missing = [file for file in fresh if keys[file] not in self._contents]
        for content in digest(self._landing, missing, known):
            self._contents[keys[content.landed]] = content
        lost = {named[0] for file in fresh if keys[file] not in self._contents and (named := split_member(file.path))}
        return [
            self._contents[key]
            for file, key in keys.items()
            if key in self._contents and not (file.is_unpacked and file.path in lost)
        ]
