"""Rows leave their files: a file that has some is written again without them, every other one stays as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.tables.arrow_columns import Flags
from expectations.tables.contract import Table
from lakehouse.files.linking import DataFile, partition_folder
from lakehouse.files.row_groups import RowGroup, columns_of, find_row_groups, read_row_group
from lakehouse.files.task_files import TaskFiles
from lakehouse.lake import Lake
from lakehouse.storage.key import Key
from lakehouse.storage.protocol import Storage


@dataclass(frozen=True, slots=True)
class Leaving:
    """The rows of a table that leave.

    Attributes:
        within: Arrow expression that all of them fulfil; it spares the files of others. None: they may be anywhere.
        among: Which rows of a row group leave.
    """

    within: Any
    among: Callable[[RowGroup], Flags]


@dataclass(slots=True)
class Rewritten:
    """Files of the table that rows leave, by key, and files with what remains of them."""

    gone: set[Key] = field(default_factory=set)
    remains: list[DataFile] = field(default_factory=list)


def rewrite(lake: Lake, table: Table, leaving: Leaving, out: Storage) -> Rewritten:
    """Write again the files that have rows to leave, a row group at a time; the table is not changed.

    Args:
        lake: The lake.
        table: One that is there.
        leaving: Which rows leave.
        out: Where files are written.
    """
    found = Rewritten()
    # The log has files by time: in order of their partitions, what `among` holds of one is made once.
    whole = sorted(find_row_groups(lake, table, leaving.within), key=_partition_of)
    for key, groups in groupby(whole, lambda group: group.key):
        listed = list(groups)
        flags = [leaving.among(group) for group in listed]
        if any(flag.any() for flag in flags):
            found.gone.add(key)
            found.remains += _remains(table, listed, flags, out)
    return found


def _partition_of(group: RowGroup) -> tuple[str, ...]:
    return tuple(map(str, group.partition.values()))


def _remains(table: Table, groups: Sequence[RowGroup], flags: Sequence[Flags], out: Storage) -> list[DataFile]:
    """A file with the rows of the groups that are not flagged; none where all are."""
    values = groups[0].partition
    own = [name for name in columns_of(groups[0]) if name not in table.column_names]  # another tool's, or later code's
    columns = [*(name for name in table.column_names if name not in table.partition_by), *own]
    name = f"{partition_folder(values)}/{table.subject}" if values else table.subject
    with TaskFiles(out) as files:
        for group, leaves in zip(groups, flags, strict=True):
            if not leaves.all():
                files.write(name, read_row_group(group, table, columns).filter(pa.array(np.logical_not(leaves))))
    texts = {column: None if value is None else str(value) for column, value in values.items()}
    return [DataFile(out, Key(file), file, texts) for file in files.names.values()]
