"""How many rows break the conditions of a plant's rules: of a batch that this process holds, or that lies in files."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.audit.breaking_rows import breaking_rows, columns_named
from expectations.audit.counting import breaking, missing
from expectations.audit.suite_description import RULE_PREFIX
from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Rule, Table

if TYPE_CHECKING:
    from lakehouse.files.linking import DataFile

_ROWS_AT_ONCE = 262_144


def in_rows(rows: pa.Table, table: Table, rules: Sequence[Rule]) -> Mapping[str, int]:
    """The figures of rules (`expectations.audit.counting`) over rows of a table.

    Raises:
        ProfileError: A rule cannot be computed of a row, such as a cast that fails.
    """
    found = breaking_rows(rows, table, rules)
    broken = {breaking(rule): int(found[rule.code].sum()) for rule in rules}
    return {**broken, **{missing(RULE_PREFIX + rule.code): 0 for rule in rules}}


def in_files(files: Sequence["DataFile"], table: Table, rules: Sequence[Rule]) -> Mapping[str, int]:
    """The same over rows in files, a part of a file at a time. Raises: as `in_rows`."""
    counts = Counter(in_rows(arrow_schema(table).empty_table(), table, rules))
    named = columns_named(table, rules)
    for file in files:
        stored = pq.ParquetFile(file.key, filesystem=file.folder.arrow())
        columns = [name for name in stored.schema_arrow.names if name in named]
        for batch in stored.iter_batches(_ROWS_AT_ONCE, columns=columns or stored.schema_arrow.names[:1]):
            counts.update(in_rows(_whole(pa.table(batch), file.partition, table, named), table, rules))
    return counts


def _whole(rows: pa.Table, partition: Mapping[str, str | None], table: Table, named: Sequence[str]) -> pa.Table:
    """The rows with the columns that their folder says, and null for those that older code did not write."""
    schema = arrow_schema(table)
    for name in named:
        if name not in rows.column_names:
            value = pa.scalar(partition.get(name), pa.string()).cast(schema.field(name).type)
            rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
    return rows
