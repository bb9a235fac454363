"""Which table is no longer there at a version, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

import pyarrow as pa
from deltalake.exceptions import DeltaError

from expectations.tables.contract import Table
from jobs.runtime.exits import is_forbidden
from jobs.verify.outcome import Outcome, Verdict
from lakehouse.lake import Lake
from lakehouse.lake_then import LakeThen
from lakehouse.storage.key import Key

UNREADABLE = (DeltaError, pa.ArrowException, OSError)
"""Errors of a table that cannot be read as its log says."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A table that cannot be read at a version.

    Attributes:
        words: Which, what of it is missing, and what to do.
        is_lost: It is the newest version, of which nothing is ever cleaned up.
    """

    words: str
    is_lost: bool


def gone(lake: Lake, then: LakeThen, tables: Iterable[Table]) -> Gone | None:
    """The first of the tables that lacks its log or a file at its version; None where none does.

    Args:
        lake: The lake as it is now.
        then: The same with the versions.
        tables: Which tables.
    """
    for table in tables:
        if then.exists(table) and (what := _lacks(then, table)):
            is_lost = then.version(table) == lake.version(table)
            advice = "restore them from a backup" if is_lost else _cleaned_up(table)
            return Gone(f"{table.name}@{then.version(table)} is gone, {what}: {advice}", is_lost)
    return None


def unreadable(table: Table, version: int, error: BaseException, found: Gone | None) -> Outcome:
    """Of a version that cannot be read, or whose sources cannot: they were cleaned up, or a file is damaged.

    Raises the error where the system forbids to read.
    """
    if is_forbidden(error):
        raise error
    if found is not None:
        verdict = Verdict.DIFFERENT if found.is_lost else Verdict.CANNOT
        return Outcome(table.name, version, verdict, notes=(found.words,))
    words = str(error).strip().partition("\n")[0]
    return Outcome(table.name, version, Verdict.DIFFERENT, notes=(f"a file cannot be read: {words}; restore it",))


def _cleaned_up(table: Table) -> str:
    return (
        f"what no newer version needs is removed after {table.retention_days} days, except of versions that a model "
        "was trained on; verify a newer version, and sooner after it was built"
    )


def _lacks(then: LakeThen, table: Table) -> str | None:
    try:
        named = [action["path"] for action in then.live_files(table)]
    except DeltaError:
        return "its log does not go back so far"
    folder = then.storage_of(table)
    missing = [path for path in named if folder.entry(Key(unquote(path))) is None]
    return f"{len(missing)} of its {len(named)} files are not there" if missing else None
