"""One batch of readings from bronze to silver: flagged, sorted out, audited, quarantine first, then one commit."""

from dataclasses import dataclass

import pyarrow.compute as pc

from expectations.audit.counting import ROWS
from expectations.tables.bronze import FILES
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.silver.batch_counts import BatchCounts, most_frequent, survey_of
from jobs.silver.contested import read_files, set_behind_aside
from jobs.silver.limits_in_force import LimitsInForce
from jobs.silver.selection import before_batch, of_batch
from jobs.silver.sort_out import Sorted, sort_records
from lakehouse.audited import AuditedFiles
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.tasks import Engine
from lakehouse.files.staging import staging_folder
from lakehouse.files.table_files import Written
from lakehouse.plant import Plant
from lakehouse.publish.gate import audit_written
from lakehouse.storage.protocol import Storage
from lakehouse.transaction import Transaction
from lakehouse.writing.by_spark import merge
from lakehouse.writing.linked_files import append_files
from lakehouse.writing.metadata import record_metadata
from silver.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch sorted out, and the records of earlier batches that leave silver for it."""

    number: int
    records: Sorted
    dethroned: Written

    @property
    def aside(self) -> Written:
        """Every record that goes to quarantine."""
        return Written.of([self.records.aside, self.dethroned])

    def counts(self) -> BatchCounts:
        """Of the dethroned records one each was the accepted reading, the others its duplicates."""
        seen, gone = survey_of(self.records.groups), self.dethroned.counts.get(ROWS, 0)
        freed, quarantined = seen.fates["replaces"], seen.quarantined()
        quarantined["conflicting_value"] += gone
        duplicate = seen.fates["repeats"] - (gone - freed)
        unknown = most_frequent(self.records.others.unknown)
        return BatchCounts(
            self.number, seen.rows, seen.accepted - freed, duplicate, dict(+quarantined), seen.dates, unknown
        )


def publish_batch(engine: Engine, plant: Plant, number: int, by: LimitsInForce) -> BatchCounts:
    """Bring one batch into silver, validated by those limits.

    Raises:
        GateRefused: The readings to publish break the contract; silver stays at the version it had.
    """
    if not _has_readings(plant, number):
        return _pass_over(plant, number, by)
    book, lake, name = by.book(plant), plant.lake, f"batch {number}"
    with staging_folder(lake.storage) as folder:
        batch = _sorted(engine, plant, number, book, folder)
        accepted = audit_written(batch.records.accepted, READINGS_TABLE, lake, folder, name)
        _set_aside(plant, batch, folder)
        counts = batch.counts()
        metadata = by.added_to(counts.to_metadata())
        _commit(engine, plant, accepted, counts, metadata, is_merge=bool(batch.records.others.replaced))
    return counts


def _has_readings(plant: Plant, number: int) -> bool:
    ledger = plant.lake.arrow(FILES, ["_batch_id", "feed", "rows"]).to_pylist()
    return any(row["_batch_id"] == number and row["feed"] == "readings" and row["rows"] for row in ledger)


def _pass_over(plant: Plant, number: int, by: LimitsInForce) -> BatchCounts:
    counts = BatchCounts(number, 0, 0, 0, {}, ())
    once = Transaction(f"{READINGS_TABLE.name}/batch-{number}")
    record_metadata(plant.lake, READINGS_TABLE, by.added_to(counts.to_metadata()), once)
    return counts


def _sorted(engine: Engine, plant: Plant, number: int, book: "Rulebook", folder: Storage) -> _Batch:
    records = sort_records(engine, plant, of_batch(plant, number), book, folder, meets_standing=True)
    replaced = records.others.replaced
    if not replaced:
        return _Batch(number, records, Written())
    times = pc.min_max(read_files(folder, replaced).column("measured_at")).as_py()
    earlier = before_batch(plant, number, times["min"], times["max"])
    return _Batch(number, records, set_behind_aside(engine, earlier, replaced, book, folder))


def _set_aside(plant: Plant, batch: _Batch, folder: Storage) -> None:
    if not batch.aside.files:
        return
    aside = audit_written(batch.aside, QUARANTINE, plant.lake, folder, f"batch {batch.number}")
    once = Transaction(f"{QUARANTINE.name}/batch-{batch.number}")
    append_files(plant.lake, aside, once, CommitMetadata(batch=batch.number))


def _commit(  # all that one commit is made of
    engine: Engine, plant: Plant, accepted: AuditedFiles, counts: BatchCounts, metadata: CommitMetadata, *,
    is_merge: bool,
) -> None:  # fmt: skip
    once = Transaction(f"{READINGS_TABLE.name}/batch-{counts.batch}")
    if not is_merge:
        append_files(plant.lake, accepted, once, metadata)
        return
    merge(plant.lake, engine(), accepted, counts.dates, once, metadata)
