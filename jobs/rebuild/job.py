"""Silver and gold built again from bronze: old tables go, then the jobs run as in a new lake. Bronze is only read.

A file marks the lake while tables are being removed: until it is gone, every job of silver and gold refuses. Removing
twice is removing once, and what follows is the work of `assay silver` and `assay gold`, so a killed run is repeated.
"""

from datetime import datetime

from bronze.files import Outcome
from expectations.tables.bronze import FILES
from expectations.tables.contract import Table
from expectations.tables.gold_rules import RULE_CHECKS
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.gold.job import update
from jobs.gold.recipes import recipes
from jobs.quality.job import check
from jobs.runtime.load_plant import load_plant
from jobs.runtime.prepared import prepare
from jobs.runtime.progress import show
from jobs.runtime.report import RunReport
from jobs.runtime.session import session_when_needed
from jobs.runtime.settings import Settings
from jobs.silver.job import refine
from jobs.silver.key_form import REBUILDING, rebuild_due
from jobs.silver.selection import RECORDS
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import GateRefused, UsageError
from lakehouse.plant import Plant
from lakehouse.publish.stale import last_build
from lakehouse.writing.metadata import record_metadata


def rebuild_layers(settings: Settings, as_of: datetime) -> RunReport:
    """Remove silver and gold where they are due, bring both up to bronze, and count every record.

    Args:
        settings: The settings in force.
        as_of: The clock of features and of the check.

    Raises:
        UsageError: An ingest batch was begun and is not finished.
        GateRefused: A table's content breaks its contract, or a record is not accounted for.
    """
    plant = load_plant(settings)
    _check_finished(plant)
    why = rebuild_due(plant)
    if why is not None:
        _remove(plant, as_of)
    prepare(plant)
    with session_when_needed(settings) as engine:
        reports = [refine(engine, plant), update(engine, plant, as_of), check(plant, as_of)]
    counts = _counts(plant)
    lines = (
        f"rebuild: {why}: removed" if why else "rebuild: every table has today's keys, nothing is removed",
        *(line for report in reports[:2] for line in report.lines),
        f"rebuild: {counts['bronze']:,} readings of bronze = {counts['accepted']:,} accepted + "
        f"{counts['duplicate']:,} duplicate + {counts['quarantined']:,} quarantined",
    )
    is_changed = why is not None or any(report.changed for report in reports)
    return RunReport("rebuild", changed=is_changed, lines=lines, data={"why": why, "readings": counts})


def _check_finished(plant: Plant) -> None:
    rows = plant.lake.arrow(FILES, ["_batch_id", "outcome"]).to_pylist()
    begun = sorted({row["_batch_id"] for row in rows if row["outcome"] == Outcome.ADMITTED})
    if begun:
        raise UsageError(f"ingest batch {begun[0]} was begun and is not finished; run `assay ingest`, then this again")


def _remove(plant: Plant, as_of: datetime) -> None:
    """Remove every table that follows from bronze; others that are built from them are recorded as built from nothing.

    So these are behind, whatever version numbers their sources have from now on.
    """
    storage = plant.lake.storage
    storage.put(REBUILDING, b"Silver and gold are being removed; `assay rebuild` goes on.\n")
    removed = _derived(plant, as_of)
    for table in removed:
        show(f"removing {table.name}")
        plant.lake.storage_of(table).delete_all()
    names = {table.name for table in removed}
    for table in plant.tables.values():
        last = None if table.layer == "bronze" or table.name in names else last_build(plant.lake, table)
        if last is not None and names.intersection(last.built_from):
            record_metadata(plant.lake, table, CommitMetadata(identity=table.key))
    if plant.lake.exists(RULE_CHECKS):
        record_metadata(plant.lake, RULE_CHECKS, CommitMetadata(asked={}))
    storage.delete(REBUILDING)


def _derived(plant: Plant, as_of: datetime) -> list[Table]:
    silver = [table for table in plant.tables.values() if table.layer == "silver"]
    return [*silver, *(recipe.target for recipe in recipes(plant, as_of))]


def _counts(plant: Plant) -> dict[str, int]:
    """The readings of bronze by their outcome.

    Raises:
        GateRefused: They do not add up.
    """
    lake = plant.lake
    stored = [commit.metadata for commit in lake.commits(READINGS_TABLE)]
    found = [one.counts for one in stored if one.counts is not None]
    found += [change for one in stored for change in (one.corrections or {}).values()]
    counts = {
        "bronze": lake.row_count(RECORDS),
        "accepted": lake.row_count(READINGS_TABLE),
        "duplicate": sum(one.duplicate for one in found),
        "quarantined": lake.row_count(QUARANTINE),
    }
    if counts["bronze"] != counts["accepted"] + counts["duplicate"] + counts["quarantined"]:
        raise GateRefused(f"readings are not accounted for: {counts}; keep the lake, and report this defect", counts)
    return counts
