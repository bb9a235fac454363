"""Parquet files that stand outside a Delta table become its rows: linked into its folder, named in one commit.

What was parsed once need not be written a second time. Delta's log is what makes a file part of a table: until the
commit the files are nobody's, and clean-up removes them.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.contract import Table
from jobs.runtime.transaction import Transaction

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from deltalake.transaction import AddAction

_MILLISECOND = timedelta(milliseconds=1)


def adopt(folder: Path, files: Sequence[Path], contract: Table, once: Transaction, metadata: Mapping[str, Any]) -> None:
    """Make Parquet files part of an unpartitioned Delta table, in one commit, once.

    Args:
        folder: The table's folder.
        files: Parquet files of the contract's columns. They stay where they are.
        contract: The table's; columns that the table lacks are added.
        once: Name of the commit.
        metadata: What the commit says (`userMetadata`).
    """
    from deltalake import DeltaTable
    from deltalake.transaction import CommitProperties, PostCommitHookProperties
    from deltalake.transaction import Transaction as Named

    table = DeltaTable(folder)
    if (table.transaction_version(once.application) or 0) >= once.version:
        return
    _complete(table, contract)
    stem = once.application.replace("/", "-")
    actions = [
        _add(_linked(path, folder / f"{stem}-{number}.parquet"), contract.pruning) for number, path in enumerate(files)
    ]
    said = CommitProperties(
        custom_metadata={"userMetadata": json.dumps(metadata, sort_keys=True)},
        app_transactions=[Named(once.application, once.version)],
    )
    quiet = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
    table.create_write_transaction(
        actions, "append", table.schema(), commit_properties=said, post_commithook_properties=quiet
    )


def _complete(table: "DeltaTable", contract: Table) -> None:
    """Give the table the columns that it lacks, null in its old rows."""
    from deltalake import Field, Schema

    from expectations.arrow_schema import arrow_schema

    known = {field.name for field in table.schema().fields}
    wanted = Schema.from_arrow(arrow_schema(contract)).fields
    if missing := [Field(field.name, field.type) for field in wanted if field.name not in known]:
        table.alter.add_columns(missing)


def _linked(source: Path, target: Path) -> Path:
    """A second name of the file, or a copy where the file system has none; what a killed run left gives way."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    return target


def _add(path: Path, pruning: Sequence[str]) -> "AddAction":
    from deltalake.transaction import AddAction

    state = path.stat()
    modified_ms = state.st_mtime_ns // 1_000_000
    return AddAction(
        path.name, state.st_size, {}, modified_ms, data_change=True, stats=json.dumps(_statistics(path, pruning))
    )


def _statistics(path: Path, pruning: Sequence[str]) -> dict[str, Any]:
    """Rows of the file, and of the pruning columns least, largest and how many are null, as the Delta log has them."""
    import pyarrow.parquet as pq

    found = pq.read_metadata(path)
    columns = {found.schema.column(index).path: index for index in range(found.num_columns)}
    least, most, nulls = {}, {}, {}
    for name in pruning:
        groups = [found.row_group(g).column(columns[name]).statistics for g in range(found.num_row_groups)]
        if all(group is not None and group.has_min_max for group in groups):
            least[name] = _down(min(group.min for group in groups))
            most[name] = _up(max(group.max for group in groups))
            nulls[name] = sum(group.null_count for group in groups)
    return {"numRecords": found.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}


def _down(value: Any) -> Any:
    """Times to the millisecond that the log keeps, never above the value."""
    return _text(value) if isinstance(value, datetime) else value


def _up(value: Any) -> Any:
    """Never below the value."""
    return _text(value + _MILLISECOND) if isinstance(value, datetime) and value.microsecond % 1000 else _down(value)


def _text(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
