"""What is new in the landing folder becomes rows of bronze, each record exactly once.

A batch is written down in the ledger before it is read, parsed once into a staged form, audited, published table by
table under its own transaction names, and then closed in the ledger. Killed anywhere, the next run ends the same batch.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from expectations.audit.counting import count
from expectations.tables.bronze import FILES
from jobs.ingest.new_files import Admission, NewFiles
from jobs.ingest.parsing import parse
from jobs.ingest.plan import Batch
from jobs.ingest.report import report
from jobs.ingest.staging import Staged, Staging, sweep
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import each
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from lakehouse.commit_metadata import Audit, CommitMetadata
from lakehouse.engine.tasks import Engine
from lakehouse.errors import GateRefused
from lakehouse.files.linking import DataFile
from lakehouse.plant import Plant, ownership
from lakehouse.publish.gate import judge_counts
from lakehouse.publish.rows import arrow_rows
from lakehouse.storage.places import storage_at
from lakehouse.transaction import Transaction


def ingest_new(settings: Settings, admission: Admission) -> RunReport:
    """Ingest what is new; an unfinished batch of a killed run comes first. Nothing new opens no engine.

    Raises:
        GateRefused: A staged part breaks its contract; nothing of the batch was published.
    """
    plant = open_plant(settings)
    new = NewFiles(plant, storage_at(settings.landing), admission)
    if _swept(settings, new.next_batch()) is None:
        return _report(plant, [], new, admission)
    with session_when_needed(settings) as engine:
        return _report(plant, _run_batches(engine, plant, settings, new), new, admission)


def ingest(engine: Engine, plant: Plant, settings: Settings, admission: Admission) -> RunReport:
    """Ingest every waiting batch of a plant that is loaded. Raises: as `ingest_new`."""
    new = NewFiles(plant, storage_at(settings.landing), admission)
    return _report(plant, _run_batches(engine, plant, settings, new), new, admission)


def _report(plant: Plant, rows: list[dict[str, Any]], new: NewFiles, admission: Admission) -> RunReport:
    return report(plant, rows, new.waiting, admission.as_of or admission.now(), admission.files_until)


def _run_batches(engine: Engine, plant: Plant, settings: Settings, new: NewFiles) -> list[dict[str, Any]]:
    """The ledger is asked anew for each batch: a killed run may have written its intent while the engine was opened."""
    done: list[dict[str, Any]] = []
    while batch := _swept(settings, new.next_batch()):
        done += _run_batch(engine, plant, settings, batch)
    return done


def _swept(settings: Settings, batch: Batch | None) -> Batch | None:
    """The same batch, after what killed runs left of others is gone."""
    sweep(settings.lake, None if batch is None else batch.number)
    return batch


def _run_batch(engine: Engine, plant: Plant, settings: Settings, batch: Batch) -> list[dict[str, Any]]:
    staging = Staging(settings.lake, batch.number)
    _write_intent(plant, batch)
    if not staging.is_whole:
        slots = 2 * settings.cores
        landing = storage_at(settings.landing)
        staging.write(lambda folder: parse(engine, batch, landing, plant.sources.usable, folder, slots))
    staged = staging.read()
    rows = batch.without(set(staged.vanished)).final_rows(staged.counts, _earlier(plant, batch.number))
    ledger = arrow_rows(rows, FILES)
    audits = _judge(plant, {**staged.figures, FILES.subject: count(ledger, FILES)}, batch.number, staging)
    _publish(plant, staging, staged, audits, batch.number)
    where = f"_batch_id = {batch.number}"
    closing = CommitMetadata(batch=batch.number, state="done", audit=audits[FILES.subject])
    plant.lake.put(ledger, FILES, where, closing)
    staging.remove()
    sweep(settings.lake, None)
    return rows


def _write_intent(plant: Plant, batch: Batch) -> None:
    once = Transaction(f"{FILES.name}/batch-{batch.number}/intent")
    metadata = replace(ownership(plant.lake, plant.profile), batch=batch.number, state="admitted")
    plant.lake.put(arrow_rows(batch.intent_rows(), FILES), FILES, None, metadata, once)


def _judge(plant: Plant, figures: Mapping[str, Mapping[str, int]], number: int, staging: Staging) -> dict[str, Audit]:
    """Audit every part before any is published. A refused batch is read again next time, by then fixed mappings."""
    try:
        return {
            part: judge_counts(figures[part], plant.tables[f"bronze.{part}"], plant.lake, f"batch {number}")
            for part in each(sorted(figures), lambda part: f"batch {number}: checking {part}")
        }
    except GateRefused:
        staging.remove()
        raise


def _publish(plant: Plant, staging: Staging, staged: Staged, audits: Mapping[str, Audit], number: int) -> None:
    """Each part once: what was parsed becomes rows of its table."""
    for part in each(sorted(staged.files), lambda part: f"batch {number}: publishing {part}"):
        table, names = plant.tables[f"bronze.{part}"], staged.files[part]
        stem = f"{table.name}-batch-{number}"
        files = [DataFile(staging.folder / name, f"{stem}-{index}.parquet") for index, name in enumerate(names)]
        once = Transaction(f"{table.name}/batch-{number}")
        plant.lake.append(files, table, once, CommitMetadata(batch=number, audit=audits[part]))


def _earlier(plant: Plant, number: int) -> list[dict[str, Any]]:
    """Ledger rows of earlier batches."""
    return [row for row in plant.lake.arrow(FILES).to_pylist() if row["_batch_id"] != number]
