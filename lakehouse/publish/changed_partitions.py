"""Replacing only what changed: new partitions against standing ones, bit by bit."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.tables.contract import Table
from lakehouse.arrow_reading import by_contract
from lakehouse.audited import AuditedFiles
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.files.staging import staging_folder
from lakehouse.files.table_files import write_rows
from lakehouse.lake import Lake
from lakehouse.publish.gate import audit_written
from lakehouse.writing.linked_files import replace_dates
from lakehouse.writing.metadata import record_metadata


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a rebuild did: which partition dates it replaced (None: the whole table), whether it wrote."""

    dates: tuple[str, ...]
    changed: bool


def replace_by_changed(lake: Lake, batch: AuditedFiles, dates: Sequence[date], metadata: CommitMetadata) -> Replaced:
    """Replace, in one commit, those of the candidate dates whose content differs from what is stored.

    Args:
        lake: The lake.
        batch: All rows that the candidate dates should hold, of a table that is partitioned by one date.
        dates: Candidate dates; the batch may hold nothing of some.
        metadata: Of the commit; the outcome of the audit joins it. A rebuild that changes nothing records it in an
            empty commit, so that the next run knows.
    """
    changed = differing_dates(lake, batch, dates)
    if not changed:
        mark(lake, batch.table, metadata)
        return Replaced((), changed=False)
    dates_changed = tuple(map(date.fromisoformat, changed))
    replace_dates(lake, batch.only(changed), changed, replace(metadata, dates=dates_changed))
    return Replaced(tuple(changed), changed=True)


def replace_changed_table(
    lake: Lake, table: Table, rebuilt: "pa.Table", metadata: CommitMetadata, *, time: str | None = None,
    derived: Sequence[str] = (),
) -> Replaced:  # fmt: skip
    """Replace a small table as a whole where its content differs from what is stored. No engine is needed.

    Args:
        lake: The lake.
        table: What is rebuilt; it has a key.
        rebuilt: What it should hold, the contract's columns.
        metadata: Of the commit; the outcome of the audit joins it. A rebuild that changes nothing records it in an
            empty commit, so that the next run knows.
        time: A column of time: the commit then names the date of the earliest row that changed.
        derived: Columns that follow from others of their row: these alone make no row another one for what is built
            from the table. Where only such differ, the commit names the last of all dates.

    Raises:
        GateRefused: The new content breaks the table's contract; nothing was replaced.
    """
    since: date | None = None
    if lake.exists(table):
        standing = lake.arrow(table)
        is_audited = standing.num_rows > 0 or lake.last(table, lambda commit: commit.audit) is not None
        if is_audited and are_same(rebuilt, standing, table):  # what was made empty has passed no gate yet
            mark(lake, table, metadata)
            return Replaced((), changed=False)
        if time and (rebuilt.num_rows or standing.num_rows):
            since = _earliest_change(rebuilt.drop(derived), standing, table, time)
    with staging_folder(lake.storage) as folder:
        batch = audit_written(write_rows(rebuilt, table, folder), table, lake, folder, "whole table")
        replace_dates(lake, batch, None, replace(metadata, since=since))
    return Replaced((), changed=True)


def _earliest_change(new: "pa.Table", standing: "pa.Table", table: Table, time: str) -> date:
    """The UTC date of the earliest row that is not in both, as often in one as in the other, by columns of `new`."""
    sides = [_in_order(rows, table).select(new.column_names) for rows in (new, standing)]
    counted = [
        rows.append_column("_count", pa.repeat(by, rows.num_rows)) for rows, by in zip(sides, (1, -1), strict=True)
    ]
    rows = pa.concat_tables(counted).group_by(sides[0].column_names, use_threads=False).aggregate([("_count", "sum")])
    differing = rows.filter(pc.not_equal(rows.column("_count_sum"), 0))
    earliest = pc.min(differing.column(time)).as_py()
    return date.max if earliest is None else earliest.date()


def differing_dates(lake: Lake, batch: AuditedFiles, dates: Sequence[date], where: Any = None) -> list[str]:
    """Those of the dates on which a batch holds other rows than are stored, as text, in order.

    Args:
        lake: The lake.
        batch: All rows that the dates should hold.
        dates: Candidate dates, values of the first partition column.
        where: An Arrow expression of the standing rows that count; None: all.
    """
    rows_of, table = lake.by_date(batch.table, where), batch.table
    written, standing = batch.dates(), lake.dates(table)

    def differs(day: date) -> bool:
        if where is None and not (str(day) in written and str(day) in standing):
            return str(day) in written or str(day) in standing
        return not are_same(batch.of(day), rows_of(day), table)

    return [str(day) for day in sorted(dates) if differs(day)]


def are_same(one: "pa.Table", other: "pa.Table", table: Table) -> bool:
    """Whether two tables hold the same rows in every bit, in whatever order; a column that one lacks is null there."""
    if one.num_rows != other.num_rows or not one.num_rows:
        return bool(one.num_rows == other.num_rows)
    same: bool = _in_order(one, table).equals(_in_order(other, table))
    return same


def _in_order(rows: "pa.Table", table: Table) -> "pa.Table":
    ordered = by_contract(rows, table).sort_by([(name, "ascending") for name in table.key])
    return pa.table([bits(column) for column in ordered.columns], names=ordered.column_names)


def bits(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Doubles by their bits: what is no number equals itself."""
    if column.type != pa.float64():
        return column
    return pa.chunked_array([chunk.view(pa.int64()) for chunk in column.chunks], pa.int64())


def mark(lake: Lake, table: Table, metadata: CommitMetadata) -> None:
    """Commit metadata without rows, where the table's newest commits do not say all of it already."""
    wanted = {field.name: getattr(metadata, field.name) for field in fields(metadata)}
    if not all(_newest(lake, table, name) == value for name, value in wanted.items() if value):
        record_metadata(lake, table, metadata)


def _newest(lake: Lake, table: Table, name: str) -> object:
    return lake.last(table, lambda metadata: getattr(metadata, name) or None)


def name_of(dates: Sequence[date]) -> str:
    """A batch of those dates in reports."""
    return str(dates[0]) if len(dates) == 1 else f"{dates[0]} to {dates[-1]} ({len(dates)} dates)"
