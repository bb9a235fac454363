"""What is new in the landing folder becomes rows of bronze, each record exactly once.

A batch is written down in the ledger before it is read, parsed once into a staged form, audited, published table by
table under its own transaction names, and then closed in the ledger. Killed anywhere, the next run ends the same batch.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from expectations.tables.bronze import FILES
from jobs.ingest.again import ReadAgain
from jobs.ingest.new_files import Admission, NewFiles
from jobs.ingest.parsing import parse
from jobs.ingest.plan import Batch
from jobs.ingest.repaired import stage_repaired
from jobs.ingest.report import again_report, report
from jobs.ingest.staging import Staged, Staging, sweep
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import each
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from lakehouse.audited import AuditedFiles, AuditedRows
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.engine.tasks import Engine
from lakehouse.errors import GateRefused
from lakehouse.files.linking import DataFile
from lakehouse.plant import Plant, ownership
from lakehouse.publish.gate import audit_files, audit_rows
from lakehouse.publish.rows import arrow_rows
from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at
from lakehouse.storage.protocol import Storage
from lakehouse.transaction import Transaction
from lakehouse.writing.linked_files import append_files
from lakehouse.writing.rows import put_rows

if TYPE_CHECKING:
    import pyarrow as pa


def ingest_new(settings: Settings, admission: Admission) -> RunReport:
    """Ingest what is new; an unfinished batch of a killed run comes first. Nothing new opens no engine.

    Raises:
        GateRefused: A staged table breaks its contract; nothing of the batch was published.
    """
    plant = open_plant(settings)
    new = NewFiles(plant, storage_at(settings.landing), admission)
    if _swept(plant, new.next_batch()) is None:
        return _report(plant, [], new, admission)
    with session_when_needed(settings) as engine:
        return _report(plant, _run_batches(engine, plant, settings, new), new, admission)


def ingest_again(settings: Settings, admission: Admission, what: str) -> RunReport:
    """Read a content again under its corrected mapping, exactly once; an unfinished batch of a killed run comes first.

    Args:
        settings: The plant, its lake and its landing folder.
        admission: By what clock.
        what: A mapping, or a file of the landing folder.

    Raises:
        GateRefused: As `ingest_new`.
        UsageError: There is nothing of that name.
    """
    plant = open_plant(settings)
    chosen = ReadAgain(plant, storage_at(settings.landing), admission, what)
    before = plant.lake.arrow(FILES, ["_file_id", "outcome", "records", "rejected"]).to_pylist()
    if _swept(plant, chosen.next_batch()) is None:
        return again_report(plant, [], chosen, before)
    with session_when_needed(settings) as engine:
        return again_report(plant, _run_batches(engine, plant, settings, chosen), chosen, before)


def ingest(engine: Engine, plant: Plant, settings: Settings, admission: Admission) -> RunReport:
    """Ingest every waiting batch of a plant that is loaded. Raises: as `ingest_new`."""
    new = NewFiles(plant, storage_at(settings.landing), admission)
    return _report(plant, _run_batches(engine, plant, settings, new), new, admission)


def _report(plant: Plant, rows: list[dict[str, Any]], new: NewFiles, admission: Admission) -> RunReport:
    return report(plant, rows, new.waiting, admission.as_of or admission.now(), admission.files_until)


class Waits(Protocol):
    """What waits to be read."""

    def next_batch(self) -> Batch | None:
        """The batch to read next; None where nothing waits."""


def _run_batches(engine: Engine, plant: Plant, settings: Settings, new: Waits) -> list[dict[str, Any]]:
    """The ledger is read again for each batch: a killed run may have written its intent while the engine was opened."""
    done: list[dict[str, Any]] = []
    while batch := _swept(plant, new.next_batch()):
        done += run_batch(engine, plant, settings, batch)
    return done


def _swept(plant: Plant, batch: Batch | None) -> Batch | None:
    """The same batch, after what killed runs left of others is gone."""
    sweep(plant.lake.storage, None if batch is None else batch.number)
    return batch


def run_batch(engine: Engine, plant: Plant, settings: Settings, batch: Batch) -> list[dict[str, Any]]:
    """Bring one batch into bronze, or end what a killed run has begun of it; its rows of the ledger.

    Raises:
        GateRefused: A staged table breaks its contract; nothing of the batch was published.
    """
    staging = Staging(plant.lake.storage, batch.number)
    _write_intent(plant, batch)
    if not staging.is_whole:
        staging.write(lambda folder: _staged(engine, plant, settings, batch, folder))
    staged = staging.read()
    rows = batch.without(set(staged.vanished)).final_rows(staged.counts, _earlier(plant, batch.number))
    ledger = arrow_rows(rows, FILES)
    audited, closing = _audited(plant, staging, staged, ledger, batch.number)
    _publish(plant, audited, batch.number)
    put_rows(plant.lake, closing, f"_batch_id = {batch.number}", CommitMetadata(batch=batch.number, state="done"))
    staging.remove()
    sweep(plant.lake.storage, None)
    return rows


def _staged(engine: Engine, plant: Plant, settings: Settings, batch: Batch, folder: Storage) -> Staged:
    if batch.is_of_repairs:
        return stage_repaired(plant, batch, folder)
    landing = storage_at(settings.landing)
    return parse(engine, batch, landing, plant.sources.usable, folder, 2 * settings.cores)


def _write_intent(plant: Plant, batch: Batch) -> None:
    once = Transaction(f"{FILES.name}/batch-{batch.number}/intent")
    metadata = replace(ownership(plant.lake, plant.profile), batch=batch.number, state="admitted")
    intent = audit_rows(arrow_rows(batch.intent_rows(), FILES), FILES, plant.lake, f"batch {batch.number}")
    put_rows(plant.lake, intent, None, metadata, once)


def _audited(
    plant: Plant, staging: Staging, staged: Staged, ledger: "pa.Table", number: int
) -> tuple[list[AuditedFiles], AuditedRows]:
    """Every table audited before any is published. A refused batch is read again next time, by then fixed mappings."""
    name = f"batch {number}"
    try:
        subjects = each(sorted(staged.files), lambda subject: f"{name}: checking {subject}")
        files = [_audited_files(plant, staging, staged, subject, number) for subject in subjects]
        return files, audit_rows(ledger, FILES, plant.lake, name)
    except GateRefused:
        staging.remove()
        raise


def _audited_files(plant: Plant, staging: Staging, staged: Staged, subject: str, number: int) -> AuditedFiles:
    table = plant.tables[f"bronze.{subject}"]
    names = [(name, f"{table.name}-batch-{number}-{index}.parquet") for index, name in enumerate(staged.files[subject])]
    files = [DataFile(staging.folder, Key(name), linked) for name, linked in names]
    return audit_files(
        files, staged.figures[subject], table, plant.lake, folder=staging.folder, batch=f"batch {number}"
    )


def _publish(plant: Plant, audited: Sequence[AuditedFiles], number: int) -> None:
    """Each table once: what was parsed becomes rows of its table."""
    for batch in each(audited, lambda batch: f"batch {number}: publishing {batch.table.subject}"):
        once = Transaction(f"{batch.table.name}/batch-{number}")
        append_files(plant.lake, batch, once, CommitMetadata(batch=number))


def _earlier(plant: Plant, number: int) -> list[dict[str, Any]]:
    """Ledger rows of earlier batches."""
    return [row for row in plant.lake.arrow(FILES).to_pylist() if row["_batch_id"] != number]
