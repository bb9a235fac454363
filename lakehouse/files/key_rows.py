"""The keys of files of a table, by partition."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.tables.contract import Table
from lakehouse.files.linking import DataFile

Partition = tuple[str | None, ...]


def partition_of(table: Table, values: Mapping[str, Any]) -> Partition:
    """A partition as texts, in the order of the contract."""
    return tuple(None if values[name] is None else str(values[name]) for name in table.partition_by)


class KeyFiles:
    """Files of a table, of which the columns of the key are read, a partition at a time."""

    def __init__(self, table: Table, files: Iterable[DataFile]) -> None:
        self.columns = [name for name in table.key if name not in table.partition_by]
        self._files = defaultdict[Partition, list[DataFile]](list)
        for file in files:
            self._files[partition_of(table, file.partition)].append(file)

    @property
    def partitions(self) -> list[Partition]:
        """Those that files are of."""
        return list(self._files)

    def rows(self, partition: Partition) -> pa.Table:
        """The keys in files of a partition, without the columns that it is made by.

        Args:
            partition: One that a file is of.
        """
        found = [
            pq.read_table(file.key, columns=self.columns, partitioning=None, filesystem=file.folder.arrow())
            for file in self._files[partition]
        ]
        return pa.concat_tables(found)
