"""`assay ingest`: what is new in the landing folder becomes rows of bronze, each record exactly once.

A batch is written down in the ledger before it is read, parsed once into a staged form, audited, published table by
table under its own transaction names, and then closed in the ledger. Killed anywhere, the next run ends the same batch.
"""

import argparse
import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bronze.files import admit, unseen
from expectations.contract import Table
from expectations.tables.bronze import FILES
from jobs.ingest.plan import Batch, known_files, new_batch, unfinished_batch
from jobs.ingest.staging import Staging, counts_by_file
from jobs.runtime.delta import Transaction
from jobs.runtime.engine.session import open_session
from jobs.runtime.gate import audit
from jobs.runtime.landing import digest, scan
from jobs.runtime.log import log
from jobs.runtime.plant import Plant, load_plant
from jobs.runtime.reading import staged_frame
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CLASSES = ("records", "rows", "blank", "rejected", "duplicate")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    del parser


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Ingest what is new; an unfinished batch of a killed run comes first.

    Raises:
        GateRefused: A staged part breaks its contract; nothing of the batch was published.
    """
    plant = load_plant(settings)
    batches = _waiting(plant, settings, args.as_of)
    if not batches:
        return RunReport("ingest", changed=False, lines=("ingest: nothing new in the landing folder",))
    with open_session(settings) as spark:
        return ingest(spark, plant, settings, args.as_of)


def ingest(spark: "SparkSession", plant: Plant, settings: Settings, as_of: datetime) -> RunReport:
    """Every waiting batch on an open session."""
    done: list[dict[str, Any]] = []
    while batch := _waiting(plant, settings, as_of):
        done += _run_batch(spark, plant, settings, batch)
    return _report(done)


def _waiting(plant: Plant, settings: Settings, as_of: datetime) -> Batch | None:
    """The batch to read next: one that was left unfinished, else one of what is new; None where nothing is."""
    ledger = plant.lake.arrow(FILES).to_pylist()
    unfinished = unfinished_batch(ledger)
    if unfinished is not None:
        log().info("resuming batch %d", unfinished.number)
        return unfinished
    known = known_files(ledger)
    fresh = unseen(scan(settings.landing), known)
    admissions = admit(digest(settings.landing, fresh, known), known, plant.mappings)
    if not admissions:
        return None
    number = 1 + max((row["_batch_id"] for row in ledger), default=0)
    return new_batch(number, as_of, admissions)


def _run_batch(spark: "SparkSession", plant: Plant, settings: Settings, batch: Batch) -> list[dict[str, Any]]:
    staging = Staging(settings.lake, batch.number)
    _write_intent(spark, plant, batch)
    if not staging.is_whole:
        batch = batch.without(_vanished(settings.landing, batch))
        _stage(spark, plant, settings, batch, staging)
    counts: dict[str, dict[str, int]] = {}
    if staging.is_whole:
        staged = staging.read(spark)
        counts = counts_by_file(staged)
        _publish(plant, staged, staging.parts(), batch.number)
    rows = _close(spark, plant, batch, counts)
    staging.remove()
    return rows


def _write_intent(spark: "SparkSession", plant: Plant, batch: Batch) -> None:
    frame = _ledger_frame(spark, batch.intent_rows())
    once = Transaction(f"bronze.files/batch-{batch.number}/intent")
    plant.lake.append(frame, FILES, once, {"batch": batch.number, "state": "admitted"})


def _vanished(landing: Path, batch: Batch) -> set[str]:
    """Paths whose content is no longer what was admitted: bytes beyond the admitted ones do not count."""
    gone = set()
    for file in batch.files:
        if not file.is_read:
            continue
        path = landing / file.path
        if not path.is_file() or path.stat().st_size < file.size or _sha256(path, file.size) != file.sha256:
            gone.add(file.path)
    return gone


def _sha256(path: Path, size: int) -> str:
    whole = hashlib.sha256()
    with path.open("rb") as stream:
        while size > 0 and (block := stream.read(min(1 << 20, size))):
            whole.update(block)
            size -= len(block)
    return whole.hexdigest()


def _stage(spark: "SparkSession", plant: Plant, settings: Settings, batch: Batch, staging: Staging) -> None:
    tasks = batch.read_tasks(settings.landing)
    if tasks:
        log().info("batch %d: reading %d files", batch.number, len(tasks))
        staging.write(staged_frame(spark, tasks, plant.mappings, 2 * settings.cores))


def _publish(plant: Plant, staged: "DataFrame", parts: set[str], number: int) -> None:
    """Audit every part, then publish each: a batch is refused whole or published whole."""
    frames = {part: _part(plant, staged, part) for part in sorted(parts)}
    said: dict[str, Mapping[str, Any]] = {
        part: audit(frame, table, plant.lake, f"batch {number}") for part, (frame, table) in frames.items()
    }
    for part, (frame, table) in frames.items():
        metadata = {"batch": number, **said[part]}
        plant.lake.append(frame, table, Transaction(f"{table.name}/batch-{number}"), metadata)


def _part(plant: Plant, staged: "DataFrame", part: str) -> tuple["DataFrame", Table]:
    from bronze import feeds, rejected

    table = plant.tables[f"bronze.{part}"]
    return (rejected.build(staged) if part == "rejected" else feeds.build(staged, table)), table


def _close(
    spark: "SparkSession", plant: Plant, batch: Batch, counts: dict[str, dict[str, int]]
) -> list[dict[str, Any]]:
    """Replace the intent by what became of each file."""
    earlier = {
        row["_file_id"]: row["records"]
        for row in plant.lake.arrow(FILES, ["_file_id", "records", "outcome", "_batch_id"]).to_pylist()
        if row["outcome"] in ("read", "file_changed") and row["_batch_id"] != batch.number
    }
    rows = batch.final_rows(counts, earlier)
    frame = _ledger_frame(spark, rows)
    said = audit(frame, FILES, plant.lake, f"batch {batch.number}")
    plant.lake.replace(frame, FILES, f"_batch_id = {batch.number}", {"batch": batch.number, "state": "done", **said})
    return rows


def _ledger_frame(spark: "SparkSession", rows: list[dict[str, Any]]) -> "DataFrame":
    import pyarrow as pa

    from expectations.arrow_schema import arrow_schema

    return spark.createDataFrame(pa.Table.from_pylist(rows, schema=arrow_schema(FILES)))


def _report(rows: list[dict[str, Any]]) -> RunReport:
    feeds: dict[str, dict[str, int]] = {}
    outcomes: dict[str, int] = {}
    for row in rows:
        outcomes[row["outcome"]] = outcomes.get(row["outcome"], 0) + 1
        total = feeds.setdefault(row["feed"] or "unmatched", dict.fromkeys(_CLASSES, 0))
        for key in total:
            total[key] += row[key] or 0
    lines = [f"ingest: {len(rows)} files: " + ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))]
    for feed, total in sorted(feeds.items()):
        lines.append(f"  {feed}: " + ", ".join(f"{value:,} {key}" for key, value in total.items()))
    return RunReport("ingest", changed=True, lines=tuple(lines), data={"files": outcomes, "feeds": feeds})
