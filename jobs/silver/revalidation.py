"""Readings validated and resolved again: limits, machine models, clocks or rules for conflicts changed after them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from expectations.tables.machine_keys import machine_of
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.silver import clocks, limits_in_force
from jobs.silver.batch_counts import Group, corrections
from jobs.silver.contested import read_files
from jobs.silver.exports_ahead import exports_ahead
from jobs.silver.file_versions import file_versions
from jobs.silver.limits_in_force import LimitsInForce
from jobs.silver.path_versions import arrivals
from jobs.silver.repaired import touched_until
from jobs.silver.selection import RECORDS, Selection, of_sensors, read_records
from jobs.silver.sort_out import Compared, sort_records
from jobs.silver.withdrawals import Concerned, concerned, joined, keys_of
from lakehouse.audited import AuditedFiles
from lakehouse.commit_metadata import CommitMetadata, RecordCounts
from lakehouse.engine.tasks import Engine
from lakehouse.files.row_groups import find_row_groups
from lakehouse.files.staging import staging_folder
from lakehouse.plant import Plant
from lakehouse.publish.changed_partitions import are_same, differing_dates
from lakehouse.publish.gate import audit_written
from lakehouse.storage.protocol import Storage
from lakehouse.writing.metadata import record_metadata
from lakehouse.writing.replaced_rows import replace_rows
from silver.clock import FileClocks, is_file_ahead, is_suspect
from silver.readings_quarantine import is_conflict
from silver.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Revalidated:
    """What came of it: whether `silver.readings` changed, and by batch what its counts change by."""

    changed: bool = False
    corrections: Mapping[int, RecordCounts] = field(default_factory=dict)

    def total(self) -> dict[str, Any]:
        """The changes of all batches: accepted, duplicate, and quarantined by fault."""
        aside = Counter[str]()
        for one in self.corrections.values():
            aside.update(one.quarantined)
        sums = {
            "accepted": sum(one.accepted for one in self.corrections.values()),
            "duplicate": sum(one.duplicate for one in self.corrections.values()),
        }
        return {**sums, "quarantined": {fault: count for fault, count in sorted(aside.items()) if count}}


@dataclass(frozen=True, slots=True)
class _Stale:
    """Whose readings are to be validated again: of which machines and metrics; whether clocks or rules are others."""

    machines: set[str]
    metrics: set[str]
    clock: bool
    keep: bool

    def __bool__(self) -> bool:
        return bool(self.machines or self.metrics or self.clock or self.keep)


def is_behind(plant: Plant) -> bool:
    """Whether other limits, models or clocks held for the readings of silver than hold now."""
    return bool(_stale(plant))


def revalidate(engine: Engine, plant: Plant) -> Revalidated:
    """Validate all readings of the sensors concerned again.

    A sensor's records are sorted out together, whatever machine they name. Quarantine is replaced first: killed in
    between, the next run sees by its commit that it is ahead, and does both again.

    Raises:
        GateRefused: What is to be published breaks the contract; silver stays as it was.
    """
    now = limits_in_force.now(plant)
    sensors = _sensors(plant, _stale(plant))
    if not sensors:
        _say(plant, now, CommitMetadata())
        return Revalidated()
    records, name = of_sensors(plant, sensors, _last_batch(plant)), f"{len(sensors)} sensors reassessed"
    before = _groups_before(engine, plant, records)
    with staging_folder(plant.lake.storage) as folder:
        compared = Compared(meets_stored=False, concerned=_concerned(plant, now, records, folder).hashes)
        sorted_ = sort_records(engine, plant, records, _book(plant, now, records), folder, compared)
        changes = corrections(before, sorted_.groups)
        batch = audit_written(sorted_.accepted, READINGS_TABLE, plant.lake, folder, name)
        aside = audit_written(sorted_.aside, QUARANTINE, plant.lake, folder, name)
        _replace_quarantine(plant, aside, sensors, now)
        return Revalidated(_replace_readings(plant, batch, sensors, now, CommitMetadata(corrections=changes)), changes)


def _groups_before(engine: Engine, plant: Plant, records: Selection) -> list[Group]:
    """The outcomes of the records before."""
    by = limits_in_force.last(plant) or limits_in_force.now(plant)
    with staging_folder(plant.lake.storage) as folder:
        compared = Compared(meets_stored=False, concerned=_concerned(plant, by, records, folder).hashes)
        return sort_records(engine, plant, records, _book(plant, by, records), folder, compared).groups


def _book(plant: Plant, by: LimitsInForce, records: Selection) -> "Rulebook":
    last = records.batches.stop - 1
    return replace(by.book(plant), versions=file_versions(plant, by.keep, records.batches, last))


def _concerned(plant: Plant, by: LimitsInForce, records: Selection, folder: Storage) -> Concerned:
    """The keys that versions of paths withdraw by those rules, and those of contents that were read again."""
    last = records.batches.stop - 1
    touched = touched_until(plant, last)
    again = keys_of(plant, touched.batches, folder, touched.lines)
    if not any(rule.withdraw for rule in by.keep.values()):
        return again
    return joined(again, concerned(plant, arrivals(plant, last, keep=by.keep), by.keep, None, folder))


def _replace_quarantine(plant: Plant, batch: AuditedFiles, sensors: Sequence[str], now: LimitsInForce) -> None:
    """Replace what is stored of those sensors, unless a killed run has done it."""
    standing = plant.lake.arrow(QUARANTINE, where=_of(sensors))
    if not are_same(batch.rows(), standing, QUARANTINE):
        replace_rows(plant.lake, batch, _of(sensors), ["sensor_id"], now.added_to(CommitMetadata()))


def _replace_readings(
    plant: Plant, batch: AuditedFiles, sensors: Sequence[str], now: LimitsInForce, metadata: CommitMetadata
) -> bool:
    """Replace the dates that differ, in one commit; False where none does."""
    days = plant.lake.dates(READINGS_TABLE) | {str(file.partition["measured_date"]) for file in batch.files}
    dates = differing_dates(plant.lake, batch, [*map(date.fromisoformat, days)], _of(sensors))
    if not dates:
        return _say(plant, now, metadata)
    changed = tuple(map(date.fromisoformat, dates))
    metadata = replace(now.added_to(metadata), dates=changed)
    theirs = ds.field("measured_date").isin(changed) & _of(sensors)
    replace_rows(plant.lake, batch.only(dates), theirs, ["measured_date", "sensor_id"], metadata)
    _level(plant, now)
    return True


def _last_batch(plant: Plant) -> int:
    number: int = plant.lake.last(READINGS_TABLE, lambda metadata: metadata.batch) or 0
    return number


def _stale(plant: Plant) -> _Stale:
    """What changed since, and what differs in a quarantine that a killed run left ahead."""
    last, now = limits_in_force.last(plant), limits_in_force.now(plant)
    if last is None:
        return _Stale(set(), set(), clock=False, keep=False)
    others = [other for other in (now, limits_in_force.last(plant, QUARANTINE)) if other is not None]
    changed = [last.changed(other) for other in others]
    return _Stale(
        set().union(*(machines for machines, _ in changed)),
        set().union(*(metrics for _, metrics in changed)),
        clock=last.clock != now.clock,
        keep=any(last.keep != other.keep for other in others),
    )


def _sensors(plant: Plant, stale: _Stale) -> list[str]:
    """Every sensor with a record whose outcome may differ."""
    files = clocks.file_clocks(plant) if stale.clock else {}
    competing = _competing(plant) | _of_exports(plant) if stale.keep else set[str]()
    return sorted(_of_names(plant, stale.machines, stale.metrics) | _of_clocks(plant, files) | competing)


def _competing(plant: Plant) -> set[str]:
    """Every sensor with a record that lost a conflict or that a version lacks: their outcomes follow from rules."""
    rows = plant.lake.arrow(QUARANTINE, ["sensor_id", "_faults"])
    lost = set(pc.unique(rows.filter(pa.array(is_conflict(rows))).column("sensor_id")).to_pylist())
    everything = Selection((), range(_last_batch(plant) + 1))
    with staging_folder(plant.lake.storage) as folder:
        files = _concerned(plant, limits_in_force.now(plant), everything, folder).files
        return lost | (set(pc.unique(read_files(folder, files).column("sensor_id")).to_pylist()) if files else set())


def _of_clocks(plant: Plant, files: "FileClocks") -> set[str]:
    """Every sensor with a record of which its file's clock says something else than that of its run."""
    found = set[str]()
    batches = sorted({batch for batch, _ in files})
    for row_group in find_row_groups(plant.lake, RECORDS, ds.field("_batch_id").isin(batches)) if files else ():
        rows = read_records(row_group, ["sensor_id", "measured_at", "_batch_id", "_file_id", "_ingested_at"])
        verdicts = [is_suspect(rows, "measured_at", plant.profile, known) for known in ({}, files)]
        differing = rows.filter(pa.array(verdicts[0] != verdicts[1]))
        found.update(pc.unique(differing.column("sensor_id")).to_pylist())
    return found


def _of_exports(plant: Plant) -> set[str]:
    """Every sensor with a record of a content whose path says, by the rules of before or of now alone, too late a time.

    Rules of before are those of the readings, and of a quarantine that a killed run left ahead.
    """
    by = [limits_in_force.now(plant), limits_in_force.last(plant), limits_in_force.last(plant, QUARANTINE)]
    ahead = [exports_ahead(plant, one.keep) for one in by if one is not None]
    differing = frozenset[tuple[int, str]]().union(*ahead).difference(frozenset.intersection(*ahead))
    found, batches = set[str](), sorted({batch for batch, _ in differing})
    for row_group in find_row_groups(plant.lake, RECORDS, ds.field("_batch_id").isin(batches)) if batches else ():
        rows = read_records(row_group, ["sensor_id", "_batch_id", "_file_id"])
        theirs = rows.filter(pa.array(is_file_ahead(rows, differing)))
        found.update(pc.unique(theirs.column("sensor_id")).to_pylist())
    return found


def _of_names(plant: Plant, machines: set[str], metrics: set[str]) -> set[str]:
    """Every sensor with a record of one of the machines or metrics."""
    if not machines and not metrics:
        return set()
    names = {"machine_id": {machine_of(key) for key in machines}, "metric": metrics}
    theirs = [ds.field(column).isin(pa.array(sorted(some), pa.string())) for column, some in names.items()]
    is_theirs = theirs[0] | theirs[1]
    found = set[str]()
    for row_group in find_row_groups(plant.lake, RECORDS, is_theirs):
        rows = read_records(row_group, ["sensor_id", "machine_id", "metric"])
        found.update(pc.unique(rows.filter(is_theirs).column("sensor_id")).to_pylist())
    return found


def _say(plant: Plant, now: LimitsInForce, metadata: CommitMetadata) -> bool:
    """Record in a commit without rows by what the readings, unchanged, are validated; False: nothing changed."""
    record_metadata(plant.lake, READINGS_TABLE, replace(now.added_to(metadata), dates=()))
    _level(plant, now)
    return False


def _level(plant: Plant, now: LimitsInForce) -> None:
    """Let quarantine name the limits that the readings name, where it names others."""
    ahead = limits_in_force.last(plant, QUARANTINE)
    if ahead is not None and (any(ahead.changed(now)) or (ahead.clock, ahead.keep) != (now.clock, now.keep)):
        record_metadata(plant.lake, QUARANTINE, now.added_to(CommitMetadata()))


def _of(sensors: Sequence[str]) -> Any:
    """That a row is of one of the sensors."""
    return ds.field("sensor_id").isin(list(sensors))
