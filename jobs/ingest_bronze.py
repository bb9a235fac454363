"""`assay ingest`: what is new in the landing folder becomes rows of bronze, each record exactly once.

A batch is written down in the ledger before it is read, parsed once into a staged form, audited, published table by
table under its own transaction names, and then closed in the ledger. Killed anywhere, the next run ends the same batch.
"""

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bronze.files import Content, Known, Landed, admit, still_known, unseen
from expectations.counting import count
from expectations.tables.bronze import FILES
from jobs.ingest.parsing import parse
from jobs.ingest.plan import Batch, known_files, new_batch, unfinished_batch
from jobs.ingest.staging import Staged, Staging, sweep
from jobs.runtime.adoption import DataFile
from jobs.runtime.engine.session import session_when_needed
from jobs.runtime.errors import GateRefused
from jobs.runtime.gate import judge_counts
from jobs.runtime.landing import digest, scan
from jobs.runtime.log import log
from jobs.runtime.plant import Plant, ownership
from jobs.runtime.prepared import open_plant
from jobs.runtime.progress import each
from jobs.runtime.report import RunReport
from jobs.runtime.rows import arrow_rows
from jobs.runtime.settings import Settings
from jobs.runtime.spread import Engine
from jobs.runtime.transaction import Transaction

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_NAMED = 3
_CLASSES = ("records", "rows", "blank", "rejected", "duplicate")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    del parser


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Ingest what is new; an unfinished batch of a killed run comes first.

    Raises:
        GateRefused: A staged part breaks its contract; nothing of the batch was published.
    """
    plant = open_plant(settings)
    watch = _Watch(plant, settings.landing)
    if _swept(settings, watch.waiting(args.as_of)) is None:
        return RunReport("ingest", changed=False, lines=("ingest: nothing new in the landing folder",))
    with session_when_needed(settings) as engine:
        return _report(_run_batches(engine, plant, settings, args.as_of, watch))


def ingest(spark: "SparkSession", plant: Plant, settings: Settings, as_of: datetime) -> RunReport:
    """Every waiting batch on an open session."""
    return _report(_run_batches(lambda: spark, plant, settings, as_of, _Watch(plant, settings.landing)))


def _run_batches(
    engine: Engine, plant: Plant, settings: Settings, as_of: datetime, watch: "_Watch"
) -> list[dict[str, Any]]:
    """The ledger is asked anew for each batch: a killed run may have written its intent while the engine was opened."""
    done: list[dict[str, Any]] = []
    while batch := _swept(settings, watch.waiting(as_of)):
        done += _run_batch(engine, plant, settings, batch)
    return done


def _swept(settings: Settings, batch: Batch | None) -> Batch | None:
    """The same batch, after what killed runs left of others is gone."""
    sweep(settings.lake, None if batch is None else batch.number)
    return batch


class _Watch:
    """What waits in the landing folder. Each content is digested once a run, however often it is asked."""

    def __init__(self, plant: Plant, landing: Path) -> None:
        self._plant, self._landing = plant, landing
        self._contents: dict[tuple[Landed, frozenset[int]], Content] = {}

    def waiting(self, as_of: datetime) -> Batch | None:
        """The batch to read next: one that was left unfinished, else one of what is new; None where nothing is."""
        ledger = self._plant.lake.arrow(FILES).to_pylist()
        unfinished = unfinished_batch(ledger)
        if unfinished is not None:
            log().info("resuming batch %d", unfinished.number)
            return unfinished
        known = still_known(known_files(ledger), self._plant.mappings)
        contents = self._digested(unseen(scan(self._landing), known), known)
        admissions = admit(contents, known, self._plant.mappings)
        if not admissions:
            return None
        number = 1 + max((row["_batch_id"] for row in ledger), default=0)
        return new_batch(number, as_of, admissions)

    def _digested(self, fresh: Sequence[Landed], known: Sequence[Known]) -> list[Content]:
        sizes: dict[str, set[int]] = {}
        for earlier in known:
            sizes.setdefault(earlier.path, set()).add(earlier.size)
        keys = {file: (file, frozenset(sizes.get(file.path, ()))) for file in fresh}
        missing = [file for file in fresh if keys[file] not in self._contents]
        for content in digest(self._landing, missing, known):
            self._contents[keys[content.landed]] = content
        return [self._contents[key] for key in keys.values() if key in self._contents]


def _run_batch(engine: Engine, plant: Plant, settings: Settings, batch: Batch) -> list[dict[str, Any]]:
    staging = Staging(settings.lake, batch.number)
    _write_intent(plant, batch)
    if not staging.is_whole:
        slots = 2 * settings.cores
        staging.write(lambda folder: parse(engine, batch, settings.landing, plant.mappings, folder, slots))
    staged = staging.read()
    rows = batch.without(set(staged.vanished)).final_rows(staged.counts, _earlier(plant, batch.number))
    ledger = arrow_rows(rows, FILES)
    said = _judge(plant, {**staged.figures, FILES.subject: count(ledger, FILES)}, batch.number, staging)
    _publish(plant, staging, staged, said, batch.number)
    where = f"_batch_id = {batch.number}"
    plant.lake.put(ledger, FILES, where, {"batch": batch.number, "state": "done", **said[FILES.subject]})
    staging.remove()
    sweep(settings.lake, None)
    return rows


def _write_intent(plant: Plant, batch: Batch) -> None:
    once = Transaction(f"{FILES.name}/batch-{batch.number}/intent")
    said = {"batch": batch.number, "state": "admitted", **ownership(plant.lake, plant.profile)}
    plant.lake.put(arrow_rows(batch.intent_rows(), FILES), FILES, None, said, once)


def _judge(
    plant: Plant, figures: Mapping[str, Mapping[str, int]], number: int, staging: Staging
) -> dict[str, Mapping[str, Any]]:
    """Judge every part before any is published. A refused batch is read anew next time, by then mended mappings."""
    try:
        return {
            part: judge_counts(figures[part], plant.tables[f"bronze.{part}"], plant.lake, f"batch {number}")
            for part in each(sorted(figures), lambda part: f"batch {number}: checking {part}")
        }
    except GateRefused:
        staging.remove()
        raise


def _publish(
    plant: Plant, staging: Staging, staged: Staged, said: Mapping[str, Mapping[str, Any]], number: int
) -> None:
    """Each part once: what was parsed becomes rows of its table."""
    for part in each(sorted(staged.files), lambda part: f"batch {number}: publishing {part}"):
        table, names = plant.tables[f"bronze.{part}"], staged.files[part]
        stem = f"{table.name}-batch-{number}"
        files = [DataFile(staging.folder / name, f"{stem}-{index}.parquet") for index, name in enumerate(names)]
        once = Transaction(f"{table.name}/batch-{number}")
        plant.lake.append(files, table, once, {"batch": number, **said[part]})


def _earlier(plant: Plant, number: int) -> list[dict[str, Any]]:
    """Ledger rows of earlier batches."""
    return [row for row in plant.lake.arrow(FILES).to_pylist() if row["_batch_id"] != number]


def _unmatched(paths: Sequence[str]) -> list[str]:
    """The files that no mapping wants, the first few by name: the ledger has them all."""
    if not paths:
        return []
    names = ", ".join(sorted(paths)[:_NAMED]) + (f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else "")
    return [f"  no mapping's files match {names}; add a glob to a mapping: the next run reads them"]


def _report(rows: list[dict[str, Any]]) -> RunReport:
    if not rows:
        return RunReport("ingest", changed=False, lines=("ingest: nothing new in the landing folder",))
    feeds: dict[str, dict[str, int]] = {}
    outcomes: dict[str, int] = {}
    for row in rows:
        outcomes[row["outcome"]] = outcomes.get(row["outcome"], 0) + 1
        total = feeds.setdefault(row["feed"] or "unmatched", dict.fromkeys(_CLASSES, 0))
        for key in total:
            total[key] += row[key] or 0
    lines = [f"ingest: {len(rows)} files: " + ", ".join(f"{count} {name}" for name, count in sorted(outcomes.items()))]
    lines += _unmatched([row["path"] for row in rows if row["outcome"] == "unmatched"])
    for feed, total in sorted(feeds.items()):
        lines.append(f"  {feed}: " + ", ".join(f"{value:,} {key}" for key, value in total.items()))
    return RunReport("ingest", changed=True, lines=tuple(lines), data={"files": outcomes, "feeds": feeds})
