"""How fresh each partition of each table is, from the logs alone: no file of rows is opened but the ledger's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import pyarrow as pa

from expectations.tables.bronze import FILES
from expectations.tables.contract import Table
from lakehouse.commits import Commit
from lakehouse.lake import Lake
from lakehouse.log_backwards import Backwards

VIEW = "lake.partitions"
_UTC = pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        ("table_name", pa.string()), ("partition", pa.string()), ("day", pa.date32()), ("row_count", pa.int64()),
        ("file_count", pa.int64()), ("size_bytes", pa.int64()), ("written_at", _UTC), ("version", pa.int64()),
        ("measured_from", _UTC), ("measured_until", _UTC), ("batch_id", pa.int64()), ("arrived_at", _UTC),
    ]
)  # fmt: skip
"""`written_at`: when rows of the partition last changed, `version`: by which commit; where the log no longer has it,
the newest file's time, and null. `measured_...`: the least and largest time of the rows, where the table has one, as
the log's statistics have it: to the millisecond. `batch_id`: the newest batch of files that the partition holds, or
that was known when it was last written; `arrived_at`: when it was ingested."""


def partitions(lake: Lake, tables: Mapping[str, Table]) -> pa.Table:
    """A row of `SCHEMA` for each partition of each table that has rows, by table and partition.

    Args:
        lake: The lake.
        tables: The plant's tables.
    """
    arrivals = Arrivals(lake, tables)
    rows = [row for table in tables.values() for row in _rows(lake, table, arrivals)]
    ordered = sorted(rows, key=lambda row: (row["table_name"], row["partition"] or ""))
    return pa.Table.from_pylist(ordered, SCHEMA)


@dataclass
class Arrivals:
    """Up to which batch a version of a table holds files, by what its commits and those of its sources say."""

    lake: Lake
    tables: Mapping[str, Table]
    _logs: dict[str, Backwards] = field(default_factory=dict)
    _known: dict[tuple[str, int], int | None] = field(default_factory=dict)

    def log(self, table: Table) -> Backwards:
        """The log of a table, newest commit first; each commit is read once."""
        return self._logs.setdefault(table.name, Backwards(self.lake.storage_of(table)))

    def batch(self, name: str, version: int) -> int | None:
        """The newest batch that a version holds; None where no commit in the log says so."""
        if (name, version) not in self._known:
            self._known[name, version] = None  # a table that is built from itself
            self._known[name, version] = self._found(name, version) if name in self.tables else None
        return self._known[name, version]

    def _found(self, name: str, version: int) -> int | None:
        earlier = (commit for commit in self.log(self.tables[name]) if commit.version <= version)
        return next((batch for commit in earlier if (batch := self._of(commit)) is not None), None)

    def _of(self, commit: Commit) -> int | None:
        stated = commit.metadata
        if stated.batch is not None:
            return stated.batch
        sources = (self.batch(source, version) for source, version in stated.built_from.items())
        return max((batch for batch in (*(stated.batches or {}).values(), *sources) if batch is not None), default=None)

    @cached_property
    def clocks(self) -> Mapping[int, datetime]:
        """Batch -> when it was ingested, by the ledger."""
        rows = self.lake.arrow(FILES, ["_batch_id", "_ingested_at"])
        newest = rows.group_by("_batch_id").aggregate([("_ingested_at", "max")])
        return dict(zip(newest["_batch_id"].to_pylist(), newest["_ingested_at_max"].to_pylist(), strict=True))


def _rows(lake: Lake, table: Table, arrivals: Arrivals) -> Iterator[dict[str, Any]]:
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for file in lake.live_files(table):
        found.setdefault(tuple(file[f"partition.{name}"] for name in table.partition_by), []).append(file)
    written = _written({key[0] if key else None for key in found}, arrivals.log(table))
    for key, files in found.items():
        commit, at = written.get(key[0] if key else None, (None, max(_changed_at(file) for file in files)))
        batch = _held(files, table, arrivals, commit)
        yield {
            "table_name": table.name, "day": _day(key), "partition": _named(table, key),
            "row_count": sum(file["num_records"] for file in files), "file_count": len(files),
            "size_bytes": sum(file["size_bytes"] for file in files), "written_at": at,
            "version": commit and commit.version, **_measured(files, _time_of(table)),
            "batch_id": batch, "arrived_at": None if batch is None else arrivals.clocks.get(batch),
        }  # fmt: skip


def _named(table: Table, key: tuple[Any, ...]) -> str | None:
    return "/".join(f"{name}={value}" for name, value in zip(table.partition_by, key, strict=True)) or None


def _written(wanted: Iterable[Any], log: Backwards) -> dict[Any, tuple[Commit | None, datetime]]:
    """First value of a partition -> the newest commit that changed rows of it, and when; those that the log tells."""
    open_ = set(wanted)
    found: dict[Any, tuple[Commit | None, datetime]] = {}
    for commit in log:
        if not open_:
            break
        named = commit.metadata.dates
        reached = open_ if named is None else open_.intersection({*named, *map(str, named)})
        if reached and log.changes_rows(commit):
            found.update(dict.fromkeys(reached, (commit, log.written_at(commit))))
            open_ = open_ - reached
    return found


def _held(files: list[dict[str, Any]], table: Table, arrivals: Arrivals, commit: Commit | None) -> int | None:
    """The newest batch: of the rows where these have its number, else by what the commit says."""
    if "_batch_id" in table.column_names:
        numbers = [number for file in files if (number := file.get("max._batch_id")) is not None]
        return max(numbers) if len(numbers) == len(files) else None
    return None if commit is None else arrivals.batch(table.name, commit.version)


def _measured(files: list[dict[str, Any]], column: str | None) -> dict[str, Any]:
    filled = [file for file in files if file["num_records"]]
    names = f"min.{column}", f"max.{column}"
    first, last = ([file[name] for file in filled if file.get(name) is not None] for name in names)
    if not filled or not len(first) == len(last) == len(filled):
        return {}
    return {"measured_from": min(first), "measured_until": max(last)}


def _time_of(table: Table) -> str | None:
    """The time that rows are of: that of their key, else the one by which the table is fresh."""
    times = [one.name for one in table.columns if one.type == "timestamp" and not one.name.startswith("_")]
    of_key = [name for name in table.key if name in times]
    named = [table.newest_by] if table.newest_by in times else []
    required = [one.name for one in table.columns if one.name in times and not one.nullable]
    return next(iter((*of_key, *named, *required)), None)


def _day(key: tuple[Any, ...]) -> date | None:
    if not key or isinstance(key[0], date):
        return key[0] if key else None
    return date.fromisoformat(key[0]) if isinstance(key[0], str) and key[0][4:5] == "-" else None


def _changed_at(file: dict[str, Any]) -> datetime:
    at = file["modification_time"]
    return at if isinstance(at, datetime) else datetime.fromtimestamp(at / 1e3, UTC)
