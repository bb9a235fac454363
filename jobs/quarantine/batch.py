"""The ingest batch of a repair or of its undoing: rows of the ledger, so that silver takes it as any other batch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bronze.files import Outcome
from bronze.repairs import undone_file_id
from expectations.feeds import READINGS
from expectations.tables.bronze import FILES
from jobs.ingest.file_times import microseconds
from jobs.ingest.plan import Batch, PlannedFile, unfinished_batch
from lakehouse.errors import UsageError
from lakehouse.plant import Plant

Ledger = Sequence[Mapping[str, Any]]


def ledger_of(plant: Plant) -> list[dict[str, Any]]:
    """All of the ledger."""
    rows: list[dict[str, Any]] = plant.lake.arrow(FILES).to_pylist()
    return rows


def begun(ledger: list[dict[str, Any]]) -> Batch | None:
    """The repair that a killed run has begun and not ended; None: there is none.

    Raises:
        UsageError: A batch of files was begun: it has to be ended first.
    """
    batch = unfinished_batch(ledger)
    if batch is not None and not batch.is_of_repairs:
        raise UsageError(f"ingest batch {batch.number} was begun and is not finished; run `assay ingest`, then again")
    return batch


def repair_batch(ledger: Ledger, at: datetime, files: Mapping[str, str], detail: str) -> Batch:
    """The batch of repaired records.

    Args:
        ledger: All of it.
        at: The wall clock.
        files: `_file_id` of the repaired records of a content -> that of the content.
        detail: The repair in words.
    """
    origins = _read(ledger)
    planned = [_planned(file, origins[origin], Outcome.REPAIRED, detail) for file, origin in sorted(files.items())]
    return Batch(_next(ledger), at, tuple(planned))


def undoing_batch(ledger: Ledger, at: datetime, files: Sequence[str], detail: str) -> Batch:
    """The batch that puts repaired records out of use.

    Args:
        ledger: All of it.
        at: The wall clock.
        files: `_file_id` of the repaired records.
        detail: The undoing in words.
    """
    number, repaired = _next(ledger), _read(ledger)
    planned = [_planned(undone_file_id(file, number), repaired[file], Outcome.UNDONE, detail) for file in sorted(files)]
    return Batch(number, at, tuple(planned))


def _next(ledger: Ledger) -> int:
    return 1 + max(int(row["_batch_id"]) for row in ledger)


def _read(ledger: Ledger) -> dict[str, Mapping[str, Any]]:
    """`_file_id` -> the row of the ledger that brought its records."""
    counted = (Outcome.READ, Outcome.FILE_CHANGED, Outcome.REPAIRED)
    return {row["_file_id"]: row for row in ledger if row["outcome"] in counted}


def _planned(file: str, of: Mapping[str, Any], outcome: Outcome, detail: str) -> PlannedFile:
    """A row of the ledger that concerns the content of another: at its path, held against its clock."""
    clock = of.get("clock_at")
    return PlannedFile(
        of["path"], of["size_bytes"], microseconds(of["modified_at"]), of["sha256"], READINGS.name, None, outcome,
        detail, 0, 1, file, None if clock is None else microseconds(clock), replaces=(of["_file_id"],),
    )  # fmt: skip
