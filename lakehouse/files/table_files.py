"""Rows of a table that a task writes to files of their partitions, counted on the way for the table's suite."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from expectations.audit.counting import count
from expectations.audit.measuring import AuditError, column_difference
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from lakehouse.files.linking import partition_folder
from lakehouse.files.task_files import TaskFiles
from lakehouse.storage.protocol import Storage


@dataclass(frozen=True, slots=True)
class Written:
    """Names of files below a folder, and the figures of their rows: see `expectations.audit.counting`."""

    files: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, answers: Iterable["Written"]) -> "Written":
        """What several tasks wrote, as one."""
        whole, counts = cls(), Counter[str]()
        for answer in answers:
            whole.files.extend(answer.files)
            counts.update(answer.counts)
        return cls(sorted(whole.files), dict(counts))


class TableFiles:
    """Writes rows of one table; what was written is whole once the context of `out` has ended."""

    def __init__(self, table: Table, out: TaskFiles) -> None:
        self._table, self._out = table, out
        self._counts = Counter(nothing_of(table).counts)
        self._names: set[str] = set()

    def write(self, rows: "pa.Table") -> None:
        """Add rows: the contract's columns, texts plain or by code.

        Raises:
            AuditError: The rows have other columns than the contract.
        """
        _check_columns(rows.column_names, self._table)
        if not rows.num_rows:
            return
        self._counts.update(count(rows, self._table))
        for values, inner in _partitions(rows, self._table.partition_by):
            name = f"{partition_folder(values)}/{self._table.subject}" if values else self._table.subject
            self._names.add(name)
            self._out.write(name, inner.drop_columns(list(values)))

    def written(self) -> Written:
        """The files and figures so far."""
        return Written([file for name, file in self._out.names.items() if name in self._names], dict(self._counts))


def _check_columns(columns: Sequence[str], table: Table) -> None:
    if set(columns) != set(table.column_names):
        raise AuditError(f"{table.name}: {column_difference(columns, table)}")


def write_rows(rows: "pa.Table", table: Table, folder: Storage) -> Written:
    """Write rows that this process holds below a folder; the figures are there where there are no rows too."""
    with TaskFiles(folder) as out:
        files = TableFiles(table, out)
        files.write(rows)
    return files.written()


def nothing_of(table: Table) -> Written:
    """No files, and the figures of no rows."""
    return Written([], dict(count(arrow_schema(table).empty_table(), table)))


def _partitions(rows: "pa.Table", columns: tuple[str, ...]) -> Iterator[tuple[Mapping[str, Any], "pa.Table"]]:
    """Rows by the values of some columns, one of these at least where there are any."""
    if not columns:
        yield {}, rows
        return
    encoded = [rows.column(name).combine_chunks() for name in columns]
    codes, values = zip(*(_coded(column) for column in encoded), strict=True)
    place = np.zeros(rows.num_rows, dtype=np.int64)
    for code, known in zip(codes, values, strict=True):
        place = place * len(known) + code
    order = np.argsort(place, kind="stable")
    edges = [0, *(np.flatnonzero(np.diff(place[order])) + 1).tolist(), len(order)]
    laid = rows.take(pa.array(order))
    for first, last in pairwise(edges):
        row = order[first]
        yield (
            {name: known[code[row]] for name, code, known in zip(columns, codes, values, strict=True)},
            laid.slice(first, last - first),
        )


def _coded(column: "pa.Array") -> tuple[Any, list[Any]]:
    """For each row the place of its value, and the values; the last of these is null's."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    known = encoded.dictionary.to_pylist()
    return encoded.indices.fill_null(len(known)).to_numpy(), [*known, None]
