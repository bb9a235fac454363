"""The records of a batch of repairs, staged: those of bronze as they arrived, with what `bronze.repairs` sets right."""

from collections import Counter, defaultdict
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from bronze.staged import staged_schema, staged_table
from expectations.audit.counting import count
from expectations.feeds import READINGS
from expectations.tables.bronze import feed_table
from expectations.tables.bronze_repairs import REPAIRS
from jobs.ingest.plan import Batch
from jobs.ingest.staging import Staged
from lakehouse.errors import UsageError
from lakehouse.files.task_files import TaskFiles
from lakehouse.plant import Plant
from lakehouse.storage.protocol import Storage

_SET_RIGHT = ("measured_at", "value", "unit")


def stage_repaired(plant: Plant, batch: Batch, folder: Storage) -> Staged:
    """Write the repaired records of a batch into a folder; the same however often.

    Raises:
        UsageError: Bronze no longer has a record that is to be repaired.
    """
    figures = Counter[str]()
    schema, table = staged_schema(READINGS.name), staged_table(READINGS.name)
    written = TaskFiles(folder, lambda _, rows: figures.update(count(rows, table)))
    counts = {}
    with written as files:
        for file in batch.files:
            rows = _repaired(plant, batch, file.file_id, file.replaces[0])
            files.write(READINGS.name, pa.Table.from_pylist(rows, schema))
            counts[file.file_id] = {"records": len(rows), "rows": len(rows), "blank": 0, "rejected": 0}
    names = defaultdict[str, list[str]](list, {name: [path] for name, path in files.names.items()})
    return Staged(dict(names), {READINGS.name: dict(figures)}, counts, [])


def _repaired(plant: Plant, batch: Batch, file: str, origin: str) -> list[dict[str, Any]]:
    """The records of one repaired content, in order of their places."""
    repairs = plant.lake.arrow(REPAIRS, where=ds.field("_file_id") == file).to_pylist()
    set_right = {(row["_line"], row["_column"]): {name: row[name] for name in _SET_RIGHT} for row in repairs}
    lines = [line for line, _ in set_right]
    near = (ds.field("_file_id") == origin) & (ds.field("_line") >= min(lines)) & (ds.field("_line") <= max(lines))
    found = plant.lake.arrow(feed_table(READINGS), where=near).to_pylist()
    own = {"_file_id": file, "_batch_id": batch.number, "_ingested_at": batch.ingested_at}
    rows = [
        {**row, **set_right[row["_line"], row["_column"]], **own}
        for row in found
        if (row["_line"], row["_column"]) in set_right
    ]
    if len(rows) != len(set_right):
        raise UsageError(f"bronze has {len(rows)} of {len(set_right)} records of {origin} that are to be repaired")
    return sorted(rows, key=lambda row: (row["_line"], row["_column"] or ""))
