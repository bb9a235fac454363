"""Audited rows that replace others, in one commit and without Spark: files that lose rows are written again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import Flags
from lakehouse.audited import AuditedFiles
from lakehouse.checkpoints import sum_up
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.commit_writing import check_may_remove, check_may_write, write_commit
from lakehouse.commits import LOG
from lakehouse.files.doubled_keys import check_keys_once
from lakehouse.files.joining import join_small_files
from lakehouse.files.key_rows import KeyFiles
from lakehouse.files.linking import link, pruning_of
from lakehouse.files.log_actions import added, named, removed
from lakehouse.files.rewriting import Leaving, Rewritten, rewrite
from lakehouse.files.row_groups import RowGroup, read_row_group
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from lakehouse.transaction import Transaction
from lakehouse.writing.merging import REPLACED_ALONE, Scope, with_keys_of
from lakehouse.writing.properties import check_audited, has_happened, metadata_text
from lakehouse.writing.tables import open_complete

if TYPE_CHECKING:
    from deltalake import DeltaTable


def merge_rows(
    lake: Lake, batch: AuditedFiles, once: Transaction, metadata: CommitMetadata, scope: Scope = REPLACED_ALONE
) -> None:
    """Insert rows, replace those that have the same key, and delete those that leave, in one commit, once.

    Args:
        lake: The lake.
        batch: Rows, each key once.
        once: Name of the commit.
        metadata: Metadata of the commit.
        scope: Which rows leave beside those replaced, and where all of them are.

    Raises:
        UsageError: Another tool gave the table a protocol by which a commit of ours would not be whole, or lets rows
            only be added.
        DoubledKeyError: The batch has a key twice; nothing has changed.
        PresentError: Another commit came between; nothing has changed.
    """
    check_audited(batch, AuditedFiles)
    delta = open_complete(lake, batch.table)
    if has_happened(delta, once):
        return
    check_keys_once(batch.table, KeyFiles(batch.table, batch.files))
    with with_keys_of(batch.table, [*batch.files, *scope.leaving], scope.within) as leaving:
        _exchange(lake, delta, batch, leaving, [named(once)], metadata)


def replace_rows(lake: Lake, batch: AuditedFiles, where: Any, columns: Sequence[str], metadata: CommitMetadata) -> None:
    """Replace, in one commit, the rows that fulfil an Arrow expression by those of the batch.

    Args:
        lake: The lake.
        batch: The rows.
        where: The expression.
        columns: Those that it names.
        metadata: Metadata of the commit.

    Raises:
        UsageError: Another tool gave the table a protocol by which a commit of ours would not be whole, or lets rows
            only be added.
        PresentError: Another commit came between; nothing has changed.
    """
    check_audited(batch, AuditedFiles)
    delta = open_complete(lake, batch.table)

    def fulfil(group: RowGroup) -> Flags:
        rows = read_row_group(group, batch.table, columns).append_column("_row", pa.array(np.arange(group.rows)))
        flags = np.zeros(group.rows, dtype=np.bool_)
        flags[rows.filter(where).column("_row").to_numpy()] = True
        return flags

    _exchange(lake, delta, batch, Leaving(where, fulfil), [], metadata)


def _exchange(  # all that one commit is made of
    lake: Lake, delta: "DeltaTable", batch: AuditedFiles, leaving: Leaving, names: list[dict[str, Any]],
    metadata: CommitMetadata,
) -> None:  # fmt: skip
    check_may_write(delta, batch.table)
    check_may_remove(delta, batch.table)
    found = rewrite(lake, batch.table, leaving, batch.folder)
    folder = lake.storage_of(batch.table)
    files = link(folder, [*batch.files, *found.remains], pruning_of(delta))
    for file in files:  # the commit outlasts a power cut: so must what has the rows of the files that it takes out
        folder.sync(Key(file.path))
    actions = [*names, *_removals(lake, batch, found), *map(added, files)]
    text = metadata_text(metadata, batch.audit)
    write_commit(folder.below(LOG), delta.version() + 1, "MERGE", text, actions)
    sum_up(folder, delta.version() + 1)
    join_small_files(folder, batch.table)


def _removals(lake: Lake, batch: AuditedFiles, found: Rewritten) -> list[dict[str, Any]]:
    table = batch.table
    return [
        removed(file, table.partition_by)
        for file in (lake.live_files(table) if found.gone else ())
        if Key(unquote(file["path"])) in found.gone
    ]
