"""Files whose times say nothing of which version is later: copies that lost theirs, and contents of one time."""

from collections.abc import Mapping, Sequence
from typing import Any

from expectations.feeds import READINGS

_NAMED = 3
_NEVER_THERE = ("admitted", "unmatched", "vanished", "repaired", "undone")
Row = Mapping[str, Any]


def lost_times(rows: Sequence[Row], ledger: Sequence[Row]) -> list[str]:
    """Sentences for the report of a run: versions of a path rank by the times of its files.

    Args:
        rows: The ledger's rows of the run.
        ledger: All of it: path, sha256, modified_at, feed, outcome, `_batch_id`.
    """
    ours = [row for row in rows if row["feed"] == READINGS.name and row["outcome"] not in _NEVER_THERE]
    known: dict[str, list[Row]] = {}
    for row in ledger:
        if row["feed"] == READINGS.name and row["outcome"] not in _NEVER_THERE:
            known.setdefault(row["path"], []).append(row)
    copies = {row["path"] for row in ours if any(_is_copy(row, other) for other in known.get(row["path"], ()))}
    equal = {row["path"] for row in ours if any(_is_equal(row, other) for other in known.get(row["path"], ()))}
    lines = []
    if copies:
        lines.append(
            f"ingest: the same content came again with another time: {_paths(copies)}; it ranks by the latest of them. "
            "Where a copy lost its times, copy with them: cp -p, rsync -t"
        )
    if equal:
        lines.append(
            f"ingest: two contents of one path have the same time: {_paths(equal)}; which is later follows from their "
            "SHA-256, not from the source. Where a copy lost its times, copy with them: cp -p, rsync -t"
        )
    return lines


def _is_copy(row: Row, other: Row) -> bool:
    """The same bytes, and the times differ."""
    is_earlier = other["_batch_id"] < row["_batch_id"]
    return bool(is_earlier and row["sha256"] == other["sha256"] and row["modified_at"] != other["modified_at"])


def _is_equal(row: Row, other: Row) -> bool:
    """Other bytes, and the times do not differ."""
    return bool(row["sha256"] != other["sha256"] and row["modified_at"] == other["modified_at"])


def _paths(paths: set[str]) -> str:
    named = sorted(paths)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return f"{len(named):,} {'file' if len(named) == 1 else 'files'} ({', '.join(named[:_NAMED])}{more})"
