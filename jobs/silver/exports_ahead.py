"""Contents whose paths say that they were exported too far after their clock: their records are `clock_suspect`."""

from collections.abc import Mapping
from typing import Any

from bronze.files import Outcome
from expectations.feeds import READINGS
from expectations.mapping.keep import BY_VERSION, Keep
from expectations.tables.bronze import FILES
from jobs.ingest.file_times import microseconds
from jobs.silver.export_times import is_ahead, latest_at
from jobs.silver.repaired import repairs
from lakehouse.plant import Plant
from silver.clock import Contents

_COLUMNS = ["path", "modified_at", "mapping", "feed", "outcome", "clock_at", "_ingested_at", "_batch_id", "_file_id"]
_READ = (Outcome.READ, Outcome.FILE_CHANGED)


def exports_ahead(plant: Plant, keep: Mapping[str, Keep]) -> Contents:
    """(`_batch_id`, `_file_id`) of each, and of the repairs of their records.

    A content that lies at several paths is one where all of them say so. The clock is that of its reading.

    Args:
        plant: The plant, with the lead that it allows.
        keep: Mapping -> its rule, which knows whether the path states an export time.
    """
    if not any(rule.exported for rule in keep.values()):
        return frozenset()
    rows = [row for row in plant.lake.arrow(FILES, _COLUMNS).to_pylist() if row["feed"] == READINGS.name]
    landed: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        landed.setdefault(row["_file_id"], []).append(row)
    lead_us = plant.profile.ahead_s * 1_000_000
    found = {
        row["_file_id"]: row["_batch_id"]
        for row in rows
        if row["outcome"] in _READ
        if all(_is_ahead(one, keep, latest_at(row, lead_us)) for one in landed[row["_file_id"]])
    }
    return frozenset((batch, file) for file, batch in (found | _of_repairs(plant, found)).items())


def _is_ahead(row: Mapping[str, Any], keep: Mapping[str, Keep], latest_us: int) -> bool:
    rule = keep.get(row["mapping"], BY_VERSION)
    return is_ahead(rule, row["path"], microseconds(row["modified_at"]), latest_us)


def _of_repairs(plant: Plant, found: Mapping[str, int]) -> dict[str, int]:
    """The repairs of records of some contents, with their batches."""
    if not found:
        return {}
    known, files = repairs(plant), set(found)
    for file, origin in known.origin.items():  # oldest first: a repair of a repair as well
        if origin in files:
            files.add(file)
    return {file: known.batch[file] for file in files - found.keys() if file in known.batch}
