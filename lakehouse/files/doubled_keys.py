"""Refuses files in which a key comes twice: a merge would insert both rows, and each query would count them."""

from collections.abc import Sequence
from typing import Any

import pyarrow.compute as pc

from expectations.tables.contract import Table
from lakehouse.errors import DoubledKeyError
from lakehouse.files.key_rows import KeyFiles


def check_keys_once(table: Table, files: KeyFiles) -> None:
    """Refuse keys that come twice in files of a table; null is equal to null. One partition is in memory at a time.

    Raises:
        DoubledKeyError: One comes twice.
    """
    for partition in files.partitions:
        rows = files.rows(partition)
        counts = rows.group_by(rows.column_names).aggregate([([], "count_all")])
        doubled = counts.filter(pc.field("count_all") > 1)
        if doubled.num_rows:
            raise DoubledKeyError(_message(table, doubled.num_rows, doubled.slice(0, 1).to_pylist()[0], partition))


def _message(table: Table, count: int, example: dict[str, Any], partition: Sequence[str | None]) -> str:
    times = example.pop("count_all")
    key = {**dict(zip(table.partition_by, partition, strict=True)), **example}
    return (
        f"{count} keys of {table.name} come more than once in one batch, for example {key} ({times} times); legal is "
        "once each. Nothing was written. This is a defect of the program that made the batch: run it again, and report "
        "it with this message where it comes back"
    )
