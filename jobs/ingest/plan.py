"""The plan of an ingest batch: its files, its number, its clock. Stored in the ledger before anything is read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bronze.files import Admission, Known, Outcome
from expectations.mapping.digest import mapping_digest
from expectations.mapping.landed_path import readers
from expectations.mapping.mapping import Mapping
from jobs.ingest.file_times import instant, microseconds
from jobs.ingest.landing import place_of
from jobs.ingest.reading import ReadTask
from lakehouse.storage.protocol import Storage


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file of a batch: what the ledger says of it, and what is intended with it.

    `clock_us`: The clock that its records are held against, microseconds since the epoch; None in a batch that an
    older version has begun. `continues`, `is_cut`, `mapping_digest` and `replaces` as in the ledger.
    """

    path: str
    size: int
    modified_us: int
    sha256: str
    feed: str | None
    mapping: str | None
    outcome: Outcome
    detail: str
    first_byte: int
    first_line: int
    file_id: str
    clock_us: int | None = None
    continues: str | None = None
    is_cut: bool | None = None
    mapping_digest: str | None = None
    replaces: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether its records are to be read."""
        return self.outcome in (Outcome.READ, Outcome.FILE_CHANGED)

    @property
    def reading(self) -> tuple[str, str | None]:
        """Path and mapping: a batch has each once."""
        return self.path, self.mapping


@dataclass(frozen=True, slots=True)
class Batch:
    """One ingest batch: its number, its clock (`_ingested_at`), its files."""

    number: int
    ingested_at: datetime
    files: tuple[PlannedFile, ...]

    @property
    def is_of_repairs(self) -> bool:
        """Whether its records are repaired ones of earlier batches, and no file is read."""
        return any(file.outcome is Outcome.REPAIRED for file in self.files)

    def intent_rows(self) -> list[dict[str, Any]]:
        """Ledger rows that say what is about to be read; `detail` holds the intended outcome."""
        return [
            self._row(file, outcome=Outcome.ADMITTED.value, detail=f"{file.outcome.value}|{file.detail}")
            for file in self.files
        ]

    def final_rows(self, counts: dict[str, dict[str, int]], earlier: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Ledger rows that say the outcome of each file.

        Args:
            counts: For each file id that was read: records, rows, blank, rejected.
            earlier: Ledger rows of earlier batches.
        """
        read = {
            file.reading: self._row(file, outcome=file.outcome.value, detail=file.detail,
                                    **counts[file.file_id], duplicate=0)
            for file in self.files
            if file.is_read
        }  # fmt: skip
        records = records_of_contents([*earlier, *read.values()])
        return [
            read[file.reading]
            if file.is_read
            else self._row(file, outcome=file.outcome.value, detail=file.detail, **counts[file.file_id], duplicate=0)
            if file.outcome is Outcome.REPAIRED
            else self._unread_row(file, records)
            for file in self.files
        ]

    def _unread_row(self, file: PlannedFile, records: dict[str, int]) -> dict[str, Any]:
        again = records.get(file.file_id, 0) if file.outcome is Outcome.DUPLICATE_FILE else 0
        return self._row(
            file, outcome=file.outcome.value, detail=file.detail,
            records=again, rows=0, blank=0, rejected=0, duplicate=again,
        )  # fmt: skip

    def read_tasks(self, landing: Storage) -> list[ReadTask]:
        """What the engine has to parse, in the order in which it came: neighbours are of about the same time."""
        return [
            ReadTask(
                landing, (place := place_of(landing, file.path))[0], file.path, file.size, file.sha256,
                str(file.mapping), file.file_id, file.first_byte, file.first_line, self.number,
                microseconds(self.ingested_at), place[1],
            )
            for file in sorted(self.files, key=lambda file: file.modified_us)
            if file.is_read
        ]  # fmt: skip

    def without(self, vanished: set[str]) -> "Batch":
        """The batch after some files turned out to be gone or changed: a copy of their content is read instead.

        Args:
            vanished: Paths, and where several mappings read one of them, names of `paths_of`.
        """
        gone = "it or its mapping is gone or changed since it was admitted; what is there now is read by the next run"
        names = self._names()
        gone_files = {file.reading for file in self.files if vanished & {file.path, names[file.reading]}}
        lost = {file.file_id for file in self.files if file.reading in gone_files}
        files = []
        for file in self.files:
            if file.reading in gone_files:
                files.append(replace(file, outcome=Outcome.VANISHED, detail=gone))
            elif file.file_id in lost and file.outcome is Outcome.DUPLICATE_FILE:
                lost.remove(file.file_id)
                files.append(replace(file, outcome=Outcome.READ, detail="read in place of a file that is gone"))
            else:
                files.append(file)
        return replace(self, files=tuple(files))

    def without_mapping(self, mappings: Iterable[Mapping]) -> set[str]:
        """What its mapping no longer reads so, as `paths_of`: somebody renamed or changed it in the meantime."""
        named, names = {mapping.name: mapping for mapping in mappings}, self._names()
        return {
            names[file.reading]
            for file in self.files
            if file.mapping is not None and not (file.mapping in named and _reads(named[file.mapping], file))
        }

    def paths_of(self, file_ids: Iterable[str]) -> set[str]:
        """Paths from which these contents were to be read; with the mapping where several read a path."""
        wanted, names = set(file_ids), self._names()
        return {names[file.reading] for file in self.files if file.is_read and file.file_id in wanted}

    def _names(self) -> dict[tuple[str, str | None], str]:
        """Path and mapping -> the path, with the mapping where several read it."""
        readings = Counter(file.path for file in self.files)
        return {
            file.reading: file.path if readings[file.path] == 1 else f"{file.mapping}\0{file.path}"
            for file in self.files
        }

    def _row(self, file: PlannedFile, **values: Any) -> dict[str, Any]:
        return {
            "path": file.path, "size_bytes": file.size, "modified_at": instant(file.modified_us),
            "sha256": file.sha256, "feed": file.feed, "mapping": file.mapping,
            "first_byte": file.first_byte, "first_line": file.first_line,
            "continues": file.continues, "is_cut": file.is_cut,
            "mapping_digest": file.mapping_digest, "replaces": list(file.replaces) or None,
            "clock_at": None if file.clock_us is None else instant(file.clock_us),
            "records": None, "rows": None, "blank": None, "rejected": None, "duplicate": None,
            "_file_id": file.file_id, "_batch_id": self.number, "_ingested_at": self.ingested_at, **values,
        }  # fmt: skip


def new_batch(number: int, as_of: datetime | None, wall: datetime, admissions: Sequence[Admission]) -> Batch:
    """The batch of the admitted contents.

    Args:
        number: Its number.
        as_of: The clock that was given by hand; None: there is none, the batch uses the wall clock.
        wall: The wall clock now that the files are admitted.
        admissions: Decisions on the contents.
    """
    return Batch(number, as_of or wall, tuple(_planned(admission, as_of, wall) for admission in admissions))


def file_clock(as_of: datetime | None, modified_at: datetime, wall: datetime) -> datetime:
    """The clock that a file's records are held against: none of them can be later, but for the lead that is allowed.

    It is the wall clock at which the file was admitted. Where a clock was given by hand, it is the later of that and
    the file's own time, as the file may have come after it, and never beyond the wall clock.
    """
    return wall if as_of is None else min(max(as_of, modified_at), wall)


def unfinished_batch(ledger: Iterable[dict[str, Any]]) -> Batch | None:
    """The batch whose intent is in the ledger and whose result is not; None where every batch is done."""
    rows = [row for row in ledger if row["outcome"] == Outcome.ADMITTED]
    if not rows:
        return None
    files = []
    for row in sorted(rows, key=lambda row: (row["path"], row["mapping"] or "")):
        outcome, _, detail = str(row["detail"]).partition("|")
        files.append(
            PlannedFile(
                row["path"],
                row["size_bytes"],
                microseconds(row["modified_at"]),
                row["sha256"],
                row["feed"],
                row["mapping"],
                Outcome(outcome),
                detail,
                row["first_byte"],
                row["first_line"],
                row["_file_id"],
                None if row.get("clock_at") is None else microseconds(row["clock_at"]),
                row.get("continues"),
                row.get("is_cut"),
                row.get("mapping_digest"),
                tuple(row.get("replaces") or ()),
            )
        )
    return Batch(rows[0]["_batch_id"], rows[0]["_ingested_at"], tuple(files))


def known_files(ledger: Iterable[dict[str, Any]]) -> list[Known]:
    """The ledger as far as admission needs it: a repair and its undoing are no file that landed."""
    return [
        Known(
            row["path"], row["size_bytes"], microseconds(row["modified_at"]), row["sha256"], row["outcome"],
            row["mapping"], row["_file_id"], row.get("mapping_digest"), tuple(row.get("replaces") or ()),
        )
        for row in ledger
        if row["outcome"] not in (Outcome.REPAIRED, Outcome.UNDONE)
    ]  # fmt: skip


def records_of_contents(ledger: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Records of each whole content that was read, by file id.

    Of a file that grew the ledger counts the new part: what was there before joins it, less the line that was not yet
    whole and is read again.
    """
    whole: dict[str, int] = {}
    by_path: dict[tuple[str, str | None], tuple[int, int]] = {}
    for row in sorted(ledger, key=_read_first):
        reading = row["path"], row.get("mapping")
        if row["outcome"] in (Outcome.READ, Outcome.FILE_CHANGED):
            size, before = by_path.get(reading, (0, 0))
            joined = before - (size != row["first_byte"]) if row["first_byte"] else 0
            whole[row["_file_id"]] = row["records"] + joined
        if row["_file_id"] in whole:  # a copy may grow too
            by_path[reading] = (row["size_bytes"], whole[row["_file_id"]])
    return whole


def _reads(mapping: Mapping, file: PlannedFile) -> bool:
    is_same = file.mapping_digest in (None, mapping_digest(mapping))
    return is_same and bool(readers(file.path, [mapping]))


def _read_first(row: dict[str, Any]) -> tuple[int, bool]:
    """Batch by batch, within one what was read before its copies."""
    return row["_batch_id"], row["outcome"] == Outcome.DUPLICATE_FILE


def _planned(admission: Admission, as_of: datetime | None, wall: datetime) -> PlannedFile:
    landed, mapping = admission.content.landed, admission.mapping
    return PlannedFile(
        landed.path, landed.size, landed.modified_us, admission.content.sha256,
        mapping.feed.name if mapping else None, mapping.name if mapping else None,
        admission.outcome, admission.detail, admission.first_byte, admission.first_line, admission.file_id,
        microseconds(file_clock(as_of, instant(landed.modified_us), wall)), admission.continues, admission.is_cut,
        mapping_digest(mapping) if mapping else None, admission.replaces,
    )  # fmt: skip
