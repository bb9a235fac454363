"""Readings and what is set aside of them, sorted out again from bronze in a lake of their own, and compared.

They are published batch by batch, each against what the batches before it left: so all of them are computed again, by
the same code as in `assay silver`, and on the engine where a batch is large.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from expectations.tables.contract import Table
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from jobs.silver import clocks
from jobs.silver.job import refine_readings
from jobs.verify.basis import code_note, other_code
from jobs.verify.compared import compared
from jobs.verify.gone import UNREADABLE, gone, unreadable
from jobs.verify.outcome import Outcome, Verdict
from lakehouse.arrow_reading import by_contract
from lakehouse.lake import Lake
from lakehouse.lake_then import LakeThen
from lakehouse.lock import lake_lock
from lakehouse.plant import Plant
from lakehouse.publish.built_again import Part
from lakehouse.scratch_lake import ScratchLake
from lakehouse.storage.errors import StorageError
from lakehouse.storage.places import storage_at
from lakehouse.writing.tables import make_table

TABLES = (READINGS_TABLE, QUARANTINE)
"""What can be sorted out again."""
_FOLDER = "verify"


def verify_readings(settings: Settings, plant: Plant, table: Table, version: int) -> Outcome:
    """Sort every batch that a version holds out again, from the versions of bronze of then, and compare every row.

    Raises:
        EngineError: A batch is large, and the engine cannot be started or reached.
    """
    newest = _newest_batch(plant.lake, table, version)
    if not newest:
        return _cannot(table, version, "no commit says which batches it holds")
    bronze = LakeThen(plant.lake, _bronze_of(plant, newest))
    known = replace(plant, lake=bronze)
    try:
        if clocks.are_missing(known):
            return _cannot(
                table, version, "files of its ledger have no clock: verify a version of after `assay silver`"
            )
        with _scratch(settings) as folder:
            again = replace(plant, lake=ScratchLake(folder, bronze))
            _sort_out(replace(settings, lake=folder), again)
            return _compared(plant, table, version, again.lake)
    except UNREADABLE as error:
        lost = gone(plant.lake, LakeThen(plant.lake, {table.name: version}), (table,))
        lost = lost or gone(plant.lake, bronze, [one for one in plant.tables.values() if one.layer == "bronze"])
        if lost is None:
            raise
        return unreadable(table, version, error, lost)


def _newest_batch(lake: Lake, table: Table, version: int) -> int:
    """The newest batch that a version knows; 0 where no commit says. A batch without faults leaves quarantine alone."""
    source = READINGS_TABLE if version == lake.version(table) else table
    until = version if source is table else lake.version(source)
    commits = lake.commits(source)
    return max((one.metadata.batch or 0 for one in commits if until is not None and one.version <= until), default=0)


def _cannot(table: Table, version: int, why: str) -> Outcome:
    return Outcome(table.name, version, Verdict.CANNOT, notes=(why,))


def _bronze_of(plant: Plant, newest: int) -> dict[str, int | None]:
    """Each table of bronze -> its newest version without records of a batch after one."""
    return {table.name: _until(plant.lake, table, newest) for table in plant.tables.values() if table.layer == "bronze"}


def _until(lake: Lake, table: Table, newest: int) -> int | None:
    commits = lake.commits(table)
    later = [one.version for one in commits if (one.metadata.batch or 0) > newest]
    before = [one.version for one in commits if not later or one.version < later[0]]
    return before[-1] if before else None


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """A folder for the rows that come out, emptied before and after: what a killed run left, the next removes."""
    folder = settings.state / _FOLDER
    with lake_lock(folder, "verify"):
        storage_at(folder / "lake").delete_all()
        try:
            yield folder / "lake"
        finally:
            with suppress(StorageError):  # a task of the engine may still write there
                storage_at(folder / "lake").delete_all()


def _sort_out(settings: Settings, plant: Plant) -> None:
    for table in plant.tables.values():
        if table.layer == "silver":
            make_table(plant.lake, table)
    with session_when_needed(settings) as engine:
        refine_readings(engine, plant)


def _compared(plant: Plant, table: Table, version: int, again: Lake) -> Outcome:
    stored = LakeThen(plant.lake, {table.name: version})
    found = compared(stored, table)
    days: list[date | None] = [None]
    if table.partition_by:
        days = [*map(date.fromisoformat, sorted(stored.dates(table) | again.dates(table)))]
    for day in days:  # a date at a time bounds what is held
        found.add(Part(day, _rows(stored, table, day), _rows(again, table, day)), table)
    code = other_code(plant.lake, table, version, days) if found.rows else []
    notes = [*found.notes, *code_note(code, is_equal=not found.count)]
    rules = [
        name
        for name in ("limits", "keep", "clock", "aside")
        if _recorded(stored, table, name) != _recorded(again, table, name)
    ]
    if rules:
        notes.append(f"profile, mappings or code have other rules than it was built by: {', '.join(rules)}")
    verdict = Verdict.DIFFERENT if found.count else Verdict.EQUAL
    parts = (len(days), len(days))
    return Outcome(table.name, version, verdict, parts, found.rows, found.count, tuple(found.named), tuple(notes))


def _rows(lake: Lake, table: Table, day: date | None) -> "pa.Table":
    return by_contract(lake.arrow(table) if day is None else lake.by_date(table)(day), table)


def _recorded(lake: Lake, table: Table, name: str) -> object:
    return lake.last(table, lambda metadata: getattr(metadata, name))
