"""The clocks of files, as the ledger has them; those of batches that an older version has read are added once."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bronze.files import Outcome
from expectations.tables.bronze import FILES
from jobs.ingest.file_times import microseconds
from jobs.ingest.plan import file_clock
from jobs.runtime.clock import Now, checked
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.plant import Plant
from lakehouse.publish.gate import audit_rows
from lakehouse.publish.rows import arrow_rows
from lakehouse.writing.rows import put_rows
from silver.clock import FileClocks

_READ = (Outcome.READ, Outcome.FILE_CHANGED, Outcome.REPAIRED)


def are_missing(plant: Plant) -> bool:
    """Whether the ledger has files, of finished batches, without a clock."""
    return any(map(_lacks_clock, plant.lake.arrow(FILES, ["outcome", "clock_at"]).to_pylist()))


def add_missing(plant: Plant, now: Now) -> None:
    """Give every file of a finished batch that has no clock the one of `clock_of_old`, in one commit.

    From then on the ledger has it, whatever the wall clock is later.

    Raises:
        GateRefused: The ledger breaks its contract.
        UsageError: The wall clock was never set.
    """
    rows = plant.lake.arrow(FILES).to_pylist()
    old = {row["_batch_id"] for row in rows if _lacks_clock(row)}
    if not old:
        return
    wall = checked(now(), plant.profile)
    finished = [row for row in rows if row["_batch_id"] in old]
    content = arrow_rows(
        [{**row, "clock_at": row.get("clock_at") or clock_of_old(row, wall)} for row in finished], FILES
    )
    batch = audit_rows(content, FILES, plant.lake, f"{len(finished)} files")
    where = f"_batch_id IN ({', '.join(map(str, sorted(old)))})"
    put_rows(plant.lake, batch, where, CommitMetadata(clocks=len(finished)))


def clock_of_old(row: dict[str, Any], wall: datetime) -> datetime:
    """The clock of a file that an older version has read: `file_clock` as of the clock of its run.

    Older versions held records against the clock of the run, which for a scheduled run was the time at which it was
    due; all files that were there were read.

    Args:
        row: The file's row of the ledger.
        wall: The wall clock at which it is looked at.
    """
    return file_clock(row["_ingested_at"], row["modified_at"], wall)


def file_clocks(plant: Plant) -> "FileClocks":
    """The clock of each file that was read and has another than its run."""
    files = plant.lake.arrow(FILES, ["_batch_id", "_file_id", "outcome", "clock_at", "_ingested_at"])
    if "clock_at" not in files.column_names:
        return {}
    differs = pc.not_equal(files.column("clock_at"), files.column("_ingested_at"))
    was_read = pc.is_in(files.column("outcome"), pa.array([outcome.value for outcome in _READ]))
    own = files.filter(pc.and_(differs, was_read)).to_pylist()
    return {(row["_batch_id"], row["_file_id"]): microseconds(row["clock_at"]) for row in own}


def _lacks_clock(row: dict[str, Any]) -> bool:
    return row["outcome"] != Outcome.ADMITTED and row.get("clock_at") is None
