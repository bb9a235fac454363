"""One batch of readings from bronze to silver: flagged, sorted out, audited, quarantine first, then one commit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.feeds import READINGS
from expectations.tables.bronze import FILES
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.silver.batch_counts import BatchCounts, most_frequent, survey_of
from jobs.silver.disputed import Settled, settle
from jobs.silver.file_versions import file_versions
from jobs.silver.limits_in_force import LimitsInForce
from jobs.silver.missing_rows import missing_rows
from jobs.silver.path_versions import Arrival, arrivals
from jobs.silver.repaired import Touched, touched_in
from jobs.silver.returned import Content, returned_contents
from jobs.silver.selection import of_batch
from jobs.silver.sort_out import Compared, Sorted, sort_records
from jobs.silver.withdrawals import concerned, joined, keys_of
from lakehouse.commit_metadata import CommitMetadata, MissingRows
from lakehouse.engine.tasks import Engine
from lakehouse.files.linking import DataFile, data_files
from lakehouse.files.staging import staging_folder
from lakehouse.files.table_files import Written, nothing_of
from lakehouse.plant import Plant
from lakehouse.publish.gate import audit_written
from lakehouse.storage.protocol import Storage
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files
from lakehouse.writing.merging import Scope
from lakehouse.writing.metadata import record_metadata
from lakehouse.writing.replaced_rows import merge_rows

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch sorted out, and what its records change of earlier ones."""

    number: int
    records: Sorted
    settled: Settled
    missing: Mapping[str, MissingRows]

    @property
    def accepted(self) -> Written:
        """Every record that becomes a reading."""
        return Written.of([nothing_of(READINGS_TABLE), self.records.accepted, self.settled.accepted])

    @property
    def aside(self) -> Written:
        """Every record that goes to quarantine."""
        return Written.of([self.records.aside, self.settled.aside])

    def counts(self, dates: Iterable[str]) -> BatchCounts:
        """Net: what changes for records of earlier batches counts here. `dates` have readings that join or leave."""
        seen = survey_of([*self.records.groups, *self.settled.groups])
        unknown = most_frequent(self.records.others.unknown)
        aside = {fault: count for fault, count in seen.quarantined().items() if count}
        days = tuple(sorted({*seen.dates, *dates}))
        return BatchCounts(
            self.number, seen.rows, seen.accepted, seen.outcomes["repeats"], aside, days, unknown, self.missing
        )


def publish_batch(engine: Engine, plant: Plant, number: int, by: LimitsInForce) -> BatchCounts:
    """Bring one batch into silver, validated by those limits.

    Raises:
        GateRefused: The readings to publish break the contract; silver stays at the version it had.
    """
    back, arrived = returned_contents(plant, number, by), _arrived_again(plant, number)
    if not back and not arrived and not _has_readings(plant, number):
        return _pass_over(plant, number, by)
    lake, name = plant.lake, f"batch {number}"
    with staging_folder(lake.storage) as folder:
        batch = _sorted(engine, plant, number, by, _Again(back, arrived), folder)
        accepted = audit_written(batch.accepted, READINGS_TABLE, lake, folder, name)
        _set_aside(plant, batch, folder)
        leaving = data_files(folder, batch.settled.gone.files)
        counts = batch.counts(dates_of([*accepted.files, *leaving]))
        once = Transaction(f"{READINGS_TABLE.name}/batch-{number}")
        metadata = by.added_to(counts.to_metadata())
        if batch.settled.rewrites_readings:
            merge_rows(lake, accepted, once, metadata, Scope(leaving))
        else:
            append_files(lake, accepted, once, metadata)
    return counts


def _has_readings(plant: Plant, number: int) -> bool:
    ledger = plant.lake.arrow(FILES, ["_batch_id", "feed", "rows"]).to_pylist()
    return any(row["_batch_id"] == number and row["feed"] == "readings" and row["rows"] for row in ledger)


def _pass_over(plant: Plant, number: int, by: LimitsInForce) -> BatchCounts:
    counts = BatchCounts(number, 0, 0, 0, {}, ())
    once = Transaction(f"{READINGS_TABLE.name}/batch-{number}")
    record_metadata(plant.lake, READINGS_TABLE, by.added_to(counts.to_metadata()), once)
    return counts


def dates_of(files: Sequence[DataFile]) -> set[str]:
    """The UTC dates of readings in files."""
    return {str(file.partition["measured_date"]) for file in files}


@dataclass(frozen=True, slots=True)
class _Arrived:
    """Paths of a batch that had another version before, all arrivals there, and what it replaced or repaired."""

    paths: set[str]
    found: Sequence[Arrival]
    touched: Touched

    def __bool__(self) -> bool:
        return bool(self.paths or self.touched.batches)


@dataclass(frozen=True, slots=True)
class _Again:
    """What of earlier batches a batch concerns: contents that came back, and paths with new versions."""

    back: Sequence[Content]
    arrived: _Arrived


def _arrived_again(plant: Plant, number: int) -> _Arrived:
    rows = plant.lake.arrow(FILES, ["path", "feed", "outcome", "_batch_id"])
    landed = ~pc.field("outcome").isin(["repaired", "undone"])
    rows = rows.filter((pc.field("feed") == READINGS.name) & (pc.field("_batch_id") <= number) & landed)
    here = pc.equal(rows.column("_batch_id"), number)
    earlier = pa.table({"path": rows.filter(pc.invert(here)).column("path")})
    paths = set(rows.filter(here).column("path").to_pylist()) & set(earlier.column("path").unique().to_pylist())
    found = arrivals(plant, number, sorted(paths)) if paths else []
    return _Arrived(paths, found, touched_in(plant, number))


def _sorted(  # what a batch is made of
    engine: Engine, plant: Plant, number: int, by: LimitsInForce, again: _Again, folder: Storage
) -> _Batch:
    arrived, versions = again.arrived, file_versions(plant, by.keep, range(number, number + 1), number)
    # What a version withdraws follows from all records of a key: those keys are disputed.
    alone = {name: replace(version, places=()) for name, version in versions.items()}
    is_again = bool(arrived.touched.batches)
    keys = concerned(plant, arrived.found, by.keep, arrived.paths, folder, is_again=is_again)
    keys = joined(keys, keys_of(plant, arrived.touched.batches, folder, arrived.touched.lines))
    # Records of the batch that agree with what came back are looked at with it alone, else they would count twice.
    keys = joined(keys, keys_of(plant, {file: batch for batch, file in again.back}, folder))
    book = replace(by.book(plant), versions=alone)
    compared = Compared(meets_stored=True, concerned=keys.hashes)
    records = sort_records(engine, plant, of_batch(plant, number), book, folder, compared)
    disputed = [*records.others.disputed, *keys.files]
    missing = missing_rows(plant, arrived.found, by.keep, arrived.paths)
    return _Batch(number, records, settle(engine, plant, number, by, disputed, folder), missing)


def _set_aside(plant: Plant, batch: _Batch, folder: Storage) -> None:
    if not batch.aside.files and not batch.settled.back:
        return
    aside = audit_written(batch.aside, QUARANTINE, plant.lake, folder, f"batch {batch.number}")
    once = Transaction(f"{QUARANTINE.name}/batch-{batch.number}")
    metadata = CommitMetadata(batch=batch.number)
    if batch.settled.rewrites_quarantine and batch.settled.times is not None:
        earlier = (ds.field("_batch_id") <= batch.number) & _within(*batch.settled.times)
        scope = Scope(data_files(folder, batch.settled.back), earlier)
        merge_rows(plant.lake, aside, once, metadata, scope)
    else:
        append_files(plant.lake, aside, once, metadata)


def _within(first: datetime, last: datetime) -> Any:
    """That a row is of those times, by statistics too that Spark wrote: theirs are cut to milliseconds."""
    return (ds.field("measured_at") >= first - _MILLISECOND) & (ds.field("measured_at") <= last + _MILLISECOND)
