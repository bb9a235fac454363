"""Which values of a key a table's changes reach: those in the files that came or went, read from nothing else."""

from typing import Any

import pyarrow.compute as pc
from deltalake.exceptions import DeltaError

from expectations.tables.contract import Table
from lakehouse.arrow_reading import open_data
from lakehouse.lake import Lake


def changed_keys(lake: Lake, source: Table, by: str, seen: int | None, kind: str = "") -> set[Any] | None:
    """The values of a column that rows had or have which changed since a version; None where it cannot be known.

    It may hold more: rows that were written again unchanged count. It cannot be known where nothing was seen, the log
    no longer reaches back so far, or clean-up has removed a file of then.

    Args:
        lake: The lake.
        source: The table.
        by: The column.
        seen: The version; None: none.
        kind: Arrow's name of the type that the values are cast to first, such as date32; "": as they are.
    """
    if lake.version(source) in (None, seen):
        return set()
    if seen is None:
        return None
    try:
        then, now = (_files(lake, source, version) for version in (seen, None))
        differing = [now[path] for path in now.keys() - then.keys()] + [then[path] for path in then.keys() - now.keys()]
        columns = [fragment.to_table(columns=[by]).column(0) for fragment in differing]
    except (DeltaError, OSError):
        return None
    cast = [column.cast(kind) if kind else column for column in columns]
    return {value for column in cast for value in pc.unique(column).to_pylist()}


def _files(lake: Lake, source: Table, version: int | None) -> dict[str, Any]:
    data = open_data(lake.storage_of(source), version)
    return {fragment.path: fragment for fragment in data.get_fragments()}
