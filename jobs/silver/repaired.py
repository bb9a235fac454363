"""Records that persons repaired: which contents of the ledger are repairs, which are undone, and what they concern."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from bronze.files import Outcome
from expectations.feeds import READINGS
from expectations.tables.bronze import FILES
from expectations.tables.bronze_repairs import REPAIRS
from expectations.tables.set_aside import GIVES_WAY
from jobs.silver.path_versions import replaced_in, replaced_until
from lakehouse.plant import Plant
from silver.versions import Numbers, Version

_OF_REPAIRS = (Outcome.REPAIRED.value, Outcome.UNDONE.value)

Cell = tuple[int, str]
"""`_line` and `_column` of a record; the column of a row that is one record is empty."""


@dataclass(frozen=True, slots=True)
class Repairs:
    """The repairs of the ledger.

    Attributes:
        origin: `_file_id` of each repair -> that of the content some of whose records it replays, oldest first.
        undone: `_file_id` of each repair that was undone -> that of its undoing.
        batch: `_file_id` of each content that was read, of each repair and each undoing -> its batch.
    """

    origin: Mapping[str, str] = field(default_factory=dict)
    undone: Mapping[str, str] = field(default_factory=dict)
    batch: Mapping[str, int] = field(default_factory=dict)

    @property
    def in_force(self) -> set[str]:
        """Those that were not undone."""
        return set(self.origin) - set(self.undone)


@dataclass(frozen=True, slots=True)
class Touched:
    """Contents whose records may have another outcome: `_file_id` -> batch, and the lines where not all count."""

    batches: Mapping[str, int] = field(default_factory=dict)
    lines: Mapping[str, Numbers] = field(default_factory=dict)


def repairs(plant: Plant, until: int | None = None) -> Repairs:
    """The repairs up to a batch; None: all of them. Where the ledger has none, no other table is asked."""
    ledger = plant.lake.arrow(FILES, ["outcome", "feed", "replaces", "_file_id", "_batch_id"])
    if "replaces" not in ledger.column_names:
        return Repairs()
    if not pc.any(pc.is_in(ledger.column("outcome"), pa.array(_OF_REPAIRS))).as_py():
        return Repairs()
    rows = [row for row in ledger.to_pylist() if row["feed"] == READINGS.name]
    rows = sorted((row for row in rows if until is None or row["_batch_id"] <= until), key=itemgetter("_batch_id"))
    origin = {row["_file_id"]: row["replaces"][0] for row in rows if row["outcome"] == Outcome.REPAIRED}
    undone = {row["replaces"][0]: row["_file_id"] for row in rows if row["outcome"] == Outcome.UNDONE}
    if not origin:
        return Repairs()
    counted = (Outcome.READ, Outcome.FILE_CHANGED, Outcome.REPAIRED, Outcome.UNDONE)
    return Repairs(origin, undone, {row["_file_id"]: row["_batch_id"] for row in rows if row["outcome"] in counted})


def cells(plant: Plant, files: Iterable[str]) -> dict[str, dict[Cell, str]]:
    """By `_file_id` of a content, each of its records that one of some repairs replays -> the repair."""
    names = sorted(files)
    if not names:
        return {}
    columns = ["repaired_file_id", "_line", "_column", "_file_id"]
    found: dict[str, dict[Cell, str]] = {}
    for row in plant.lake.arrow(REPAIRS, columns, ds.field("_file_id").isin(names)).to_pylist():
        found.setdefault(row["repaired_file_id"], {})[row["_line"], row["_column"] or ""] = row["_file_id"]
    return found


def with_repairs(plant: Plant, known: Repairs, versions: Mapping[str, Version]) -> dict[tuple[int, str], Version]:
    """The versions of contents with the repairs of their records, by (`_batch_id`, `_file_id`), and those of repairs.

    A repair is of the version that it repairs: it ranks with it, and goes when that content is read again. No version
    of a path withdraws it, since it lies at none.

    Args:
        plant: The plant.
        known: The repairs.
        versions: By `_file_id` the contents that were read, those that are repaired among them.
    """
    if not known.origin:
        return {}
    of_content, all_ = cells(plant, known.in_force), dict(versions)
    for file, origin in known.origin.items():
        if origin in all_:
            by = known.undone.get(file) or all_[origin].replaced_by
            all_[file] = replace(all_[origin], places=(), replaced_by=by, repairs={})
    chosen = known.origin.keys() | of_content.keys()
    return {
        (known.batch[file], file): replace(all_[file], repairs=of_content.get(file, {}))
        for file in chosen & all_.keys() & known.batch.keys()
    }


def touched_in(plant: Plant, number: int) -> Touched:
    """What a batch replaced, repaired or undid."""
    known, replaced = repairs(plant, number), replaced_in(plant, number)
    return _touched(plant, known, replaced, {file for file, batch in _changed(known) if batch == number})


def touched_until(plant: Plant, number: int) -> Touched:
    """The same of every batch up to one."""
    known = repairs(plant, number)
    return _touched(plant, known, replaced_until(plant, number), set(known.origin))


def _changed(known: Repairs) -> list[tuple[str, int]]:
    """Each repair with the batch that made it, and with the one that undid it."""
    made = [(file, known.batch[file]) for file in known.origin]
    return [*made, *((file, known.batch[by]) for file, by in known.undone.items())]


def _touched(plant: Plant, known: Repairs, replaced: Mapping[str, int], changed: set[str]) -> Touched:
    """What some repairs concern, beside contents that were read again: with these their repairs go."""
    whole = dict(replaced)
    for file, origin in known.origin.items():
        if origin in whole or file in changed:
            whole[file] = known.batch[file]
    origins = cells(plant, changed)
    partly = {file: found for file, found in origins.items() if file not in whole and file in known.batch}
    lines = {file: np.array(sorted({line for line, _ in found}), np.int64) for file, found in partly.items()}
    return Touched({**whole, **{file: known.batch[file] for file in partly}}, lines)


def is_repaired(aside: Mapping[str, Any]) -> bool:
    """Whether a repair in force replays a record of quarantine, which keeps its own fault.

    Args:
        aside: Its `_faults` and its `replaced_by`, which tables of older code lack.
    """
    return aside.get("replaced_by") is not None and aside["_faults"][0] not in GIVES_WAY
