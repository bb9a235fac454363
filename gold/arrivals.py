"""When the content of each file first came, by what files say of themselves, not by when a run looked at them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gold.known_through import KNOWN

OF_FILES = (
    "sha256", "modified_at", "clock_at", "feed", "mapping", "outcome", "first_byte", "first_line", "continues",
    "is_cut", "_file_id", "_batch_id",
)  # fmt: skip
_READ = ("read", "file_changed")
NEVER = 2**63 - 1
"""In place of a time that no file tells."""
_Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Came:
    """When the records of a content came, microseconds since the epoch.

    Attributes:
        first_us: The earliest time of a file that has all of them: one with the content, or one that goes on from it.
        until_line: Of the records from this line on `landed_us` counts: a file that goes on has others; 0: of none.
        landed_us: The earliest time of a file with exactly the content.
        mapping: The mapping that read it.
    """

    first_us: int
    until_line: int
    landed_us: int
    mapping: str


def arrivals(
    files: pa.Table, replaced: Mapping[str, str], origin: Mapping[str, str], began_us: int = 0
) -> dict[str, Came]:
    """By `_file_id` of each content of readings that was read: when it came.

    The time of a file is its own, at most the wall clock at which it was admitted. What counts is every state of every
    path that the ledger has, in whatever order and batch they were read: see 0255 in `docs/decisions`.

    Args:
        files: The columns `OF_FILES` of `bronze.files`.
        replaced: `_file_id` of a content that was read again -> that of its newest reading.
        origin: `_file_id` of each repair, oldest first -> that of the content whose records it replays: they came then.
        began_us: When the plant began, microseconds since the epoch: an earlier time of a file tells nothing (`NEVER`).
    """
    rows = list(_landings(files, replaced, began_us))
    read = {row["_file_id"]: row for row in rows if row["is_read"]}
    landed: dict[str, int] = {}
    for row in rows:
        file = row["_file_id"]
        if file in read and read[file]["sha256"] == row["sha256"]:  # else a beginning of what was read again
            landed[file] = min(landed.get(file, row["came_us"]), row["came_us"])
    parents = {file: row["continues"] for file, row in read.items() if row["first_byte"] and row["continues"] in read}
    first, until = _first(landed, parents), _until(parents, read)
    found = {
        file: Came(first[file], until.get(file, 0), came_us, read[file]["mapping"]) for file, came_us in landed.items()
    }
    for file, repaired in origin.items():
        known = found.get(replaced.get(repaired, repaired))
        if known is not None:
            found[file] = replace(known, until_line=0)
    return found


def _landings(files: pa.Table, replaced: Mapping[str, str], began_us: int) -> Iterator[_Row]:
    """Every file of readings whose content is known, by the newest reading of it."""
    of_readings = pc.and_(
        pc.equal(files.column("feed"), "readings"), pc.is_in(files.column("outcome"), pa.array(KNOWN))
    )
    mine = files.filter(of_readings)
    came = pc.min_element_wise(*(mine.column(name).cast(pa.int64()) for name in ("modified_at", "clock_at")))
    for row in mine.drop_columns(["modified_at", "clock_at"]).append_column("came_us", came).to_pylist():
        file, continued = row["_file_id"], row["continues"]
        is_read = row["outcome"] in _READ and file not in replaced
        came_us = row["came_us"] if row["came_us"] >= began_us else NEVER
        yield row | {
            "came_us": came_us, "_file_id": replaced.get(file, file), "is_read": is_read,
            "continues": replaced.get(continued, continued),
        }  # fmt: skip


def _first(landed: Mapping[str, int], parents: Mapping[str, str]) -> dict[str, int]:
    """A file that goes on from a content holds it too."""
    first = dict(landed)
    for child in parents:
        came_us, at = landed[child], parents.get(child)
        while at is not None and first[at] > came_us:
            first[at] = came_us
            at = parents.get(at)
    return first


def _until(parents: Mapping[str, str], read: Mapping[str, _Row]) -> dict[str, int]:
    """By content the line from which on a file that goes on from it has others."""
    until: dict[str, int] = {}
    for child, parent in parents.items():
        if read[parent]["is_cut"] is not False:  # else it ends with the end of a line
            line = read[child]["first_line"] or 1
            until[parent] = min(until.get(parent, line), line)
    return until
