"""Rows, rejected entries and counts of one block of a file, collected for a batch."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bronze.readers.bad_quality import bad_batch, bad_values
from bronze.readers.batch import ReadBatch, Rejected, rejected_batch, row_schema
from bronze.readers.plan import ReadPlan
from bronze.readers.record.outcome import Decoded, outcome_of, source_rows
from bronze.readers.shape import SourceRows, shape
from bronze.readers.unread import Unread, blank_lines, unread_batch, unread_record
from domain.record.faults import Fault


@dataclass(slots=True)
class Gathered:
    """Rows, rejected entries and counts of one block of a file."""

    plan: ReadPlan
    rejected: list[Rejected] = field(default_factory=list)
    records: int = 0
    _rows: list[pa.RecordBatch] = field(default_factory=list)
    _collected: list[tuple[int, Decoded]] = field(default_factory=list)
    _blank: int = 0
    _unread: list[Unread] = field(default_factory=list)
    _bad: list[dict[str, Any]] = field(default_factory=list)

    def add_rows(self, source: SourceRows) -> NDArray[np.int64]:
        """Add rows of the fast path; return the lines of rows that lack a required column, which are not added."""
        rows = shape(source, self.plan)
        lacking = _lacking(rows, self.plan)
        if len(lacking):
            source = source.only(~np.isin(source.line, lacking))
            rows = shape(source, self.plan)
        records = len(source.line) * max(len(self.plan.cells), 1)
        self._rows.append(rows)
        self.records += records
        self._blank += records - rows.num_rows
        if records > rows.num_rows:
            self._unread += blank_lines(source, self.plan)
        return lacking

    def add_record(self, line: int, offset: int | None, raw: bytes, content: Decoded | Fault) -> None:
        """Add one record of the slow path."""
        if isinstance(content, Fault):
            self.reject(Rejected(line, offset, content, raw))
            return
        verdict = outcome_of(content, self.plan)
        self.records += verdict.records
        self._blank += verdict.blank
        if verdict.has_rows:
            self._collected.append((line, content))
        self.rejected += [Rejected(line, offset, fault, raw, count) for fault, count in verdict.faults]
        self._bad += bad_values(line, content, verdict, self.plan)
        if (unread := unread_record(line, content, verdict, self.plan)) is not None:
            self._unread.append(unread)

    def reject(self, entry: Rejected) -> None:
        """Add a record that cannot be read."""
        self.rejected.append(entry)
        self.records += entry.count

    def batch(self) -> ReadBatch:
        """The batch, rows and entries in the order of lines."""
        if self._collected:
            self._rows.append(shape(source_rows(self._collected, self.plan), self.plan))
        rejected = rejected_batch(sorted(self.rejected, key=lambda entry: entry.line))
        return ReadBatch(
            self._in_order(), rejected, self.records, self._blank, unread_batch(self._unread), bad_batch(self._bad)
        )

    def _in_order(self) -> pa.RecordBatch:
        if len(self._rows) == 1:
            return self._rows[0]
        schema = row_schema(self.plan.mapping.feed)
        if not self._rows:
            return pa.RecordBatch.from_arrays([pa.array([], f.type) for f in schema], schema=schema)
        rows = pa.concat_batches(self._rows)
        # Arrow's sort is stable, so the cells of one line stay in their order.
        return rows.take(pc.sort_indices(rows["_line"]))


def _lacking(rows: pa.RecordBatch, plan: ReadPlan) -> NDArray[np.int64]:
    """Lines of the rows in which a required column is null."""
    nulls = [rows[name].is_null() for name in plan.tested if rows[name].null_count]
    lines = [rows["_line"].filter(null).to_numpy() for null in nulls]
    return np.unique(np.concatenate(lines)) if lines else np.empty(0, np.int64)
