"""A repair undone: one commit of the ledger puts its records out of use; those as they arrived are in quarantine."""

from datetime import datetime

from expectations.tables.bronze import FILES
from jobs.quarantine.batch import begun, ledger_of, undoing_batch
from jobs.quarantine.recorded import the_one
from jobs.quarantine.replay import end
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.errors import UsageError
from lakehouse.plant import Plant
from lakehouse.publish.rows import append_rows
from lakehouse.transaction import Transaction


def undo(plant: Plant, settings: Settings, name: str, at: datetime, reason: str, *, is_applied: bool) -> RunReport:
    """Show what the undoing of a repair would come to, or undo it. A repair that was begun is ended first.

    Args:
        plant: The plant.
        settings: By which a repair that was begun is ended.
        name: The repair, or the begin of its name.
        at: The wall clock.
        reason: Why.
        is_applied: It is done, not only shown.

    Raises:
        UsageError: There is no such repair, or it was undone.
    """
    if is_applied:
        end(plant, settings)
    one = the_one(plant, name)
    if one.is_undone:
        raise UsageError(
            f"repair {one.repair_id} was undone already; legal: a repair in force, `assay quarantine repairs`"
        )
    stated = f"{one.records:,} records of repair {one.repair_id} ({one.rule}: {one.reason})"
    data = {"repair_id": one.repair_id, "records": one.records}
    if not is_applied:
        lines = (
            f"quarantine: {stated} would leave silver",
            "quarantine: nothing was written; with --apply and --reason WHY it is",
        )
        return RunReport("quarantine", changed=False, lines=lines, data=data)
    ledger = ledger_of(plant)
    begun(ledger)
    batch = undoing_batch(ledger, at, one.files, f"undo of repair {one.repair_id}: {reason}")
    once = Transaction(f"{FILES.name}/batch-{batch.number}/undone")
    metadata = CommitMetadata(batch=batch.number, state="done")
    append_rows(plant.lake, FILES, batch.final_rows({}, []), f"batch {batch.number}", once, metadata=metadata)
    lines = (
        f"quarantine: {stated} are out of use; the records as they arrived are repaired no longer",
        "quarantine: `assay silver` and `assay gold`, or the next hour, take them out of the tables",
    )
    return RunReport("quarantine", changed=True, lines=lines, data=data)
