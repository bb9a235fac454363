"""Records of bronze beside what silver set aside of them: the same record has the same file, line and column."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.tables.arrow_columns import coded, integers

GIVES_WAY = ("superseded", "withdrawn")
"""Faults of records that are not wrong in themselves: another one took their place, or their file lost them."""


def places_aside(records: pa.Table, aside: pa.Table) -> NDArray[np.int64]:
    """For each record the place of its row in quarantine; -1 where it was not set aside.

    Args:
        records: `_file_id`, `_line` and `_column` of records of bronze.
        aside: The same columns of `silver.readings_quarantine`.
    """
    if not aside.num_rows or not records.num_rows:
        return np.full(records.num_rows, -1, np.int64)
    key = _keys(pa.concat_tables([_plain(records), _plain(aside)]))
    ours, theirs = key[: records.num_rows], key[records.num_rows :]
    order = np.argsort(theirs, kind="stable")
    near = order[np.minimum(np.searchsorted(theirs, ours, sorter=order), len(order) - 1)]
    found: NDArray[np.int64] = np.where(theirs[near] == ours, near, -1)
    return found


def _plain(records: pa.Table) -> pa.Table:
    file, column = (records.column(name).cast(pa.string()).fill_null("") for name in ("_file_id", "_column"))
    return pa.table({"_file_id": file, "_line": records.column("_line"), "_column": column})


def _keys(places: pa.Table) -> NDArray[np.int64]:
    """One number for each place: files and columns are few beside lines, so that it fits 64 bits."""
    file, column, line = coded(places, "_file_id"), coded(places, "_column"), integers(places, "_line")
    pair = file.codes.astype(np.int64) * len(column.texts) + column.codes
    return pair * (int(line.max()) + 1) + line
