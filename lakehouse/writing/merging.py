"""Rows that a merge takes out of a table: those whose key comes again, and those whose key is to go."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from expectations.tables.arrow_columns import Flags
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.files.key_rows import KeyFiles, Partition, partition_of
from lakehouse.files.linking import DataFile
from lakehouse.files.matching_keys import MatchingKeys
from lakehouse.files.rewriting import Leaving
from lakehouse.files.row_groups import RowGroup, read_row_group


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows leave in a merge beside those that it replaces, and where in the table all of them are.

    Attributes:
        leaving: Files with the key of rows that leave, in subfolders of their partitions.
        within: An Arrow expression that all rows which leave or are replaced fulfil: it spares files of others.
    """

    leaving: tuple[DataFile, ...] = ()
    within: Any = None


REPLACED_ALONE = Scope()


@contextmanager
def with_keys_of(table: Table, files: Iterable[DataFile], within: Any = None) -> Iterator[Leaving]:
    """The rows of a table that have a key of some files; null is equal to null.

    The keys of one partition are in memory at a time.
    """
    listed = KeyFiles(table, files)
    keys = _Keys(table, listed)
    try:
        yield Leaving(_in_partitions(table, listed.partitions, within), keys.among)
    finally:
        keys.close()


class _Keys:
    """The keys of files, those of the partition that was asked of last at hand."""

    def __init__(self, table: Table, files: KeyFiles) -> None:
        self._table, self._files, self._partitions = table, files, set(files.partitions)
        self._at_hand: tuple[Partition, MatchingKeys] | None = None

    def among(self, group: RowGroup) -> Flags:
        """Which rows of a row group have one of the keys."""
        partition = partition_of(self._table, group.partition)
        if partition not in self._partitions:
            return np.zeros(group.rows, dtype=np.bool_)
        return self._of(partition).among(read_row_group(group, self._table, self._files.columns))

    def _of(self, partition: Partition) -> MatchingKeys:
        if self._at_hand is None or self._at_hand[0] != partition:
            self.close()
            self._at_hand = partition, MatchingKeys(self._files.rows(partition), self._files.columns)
        return self._at_hand[1]

    def close(self) -> None:
        """Free the keys at hand."""
        if self._at_hand is not None:
            self._at_hand[1].close()
        self._at_hand = None


def _in_partitions(table: Table, partitions: Iterable[Partition], within: Any) -> Any:
    """The expression, and that the first partition column has one of the values."""
    if not table.partition_by:
        return within
    name = table.partition_by[0]
    first, texts = ds.field(name), {values[0] for values in partitions}
    known = pa.array(sorted(text for text in texts if text is not None), pa.string())
    there = first.isin(known.cast(arrow_schema(table).field(name).type))
    there = there | first.is_null() if None in texts else there
    return there if within is None else there & within
