"""Arrow tables of a few rows, by contract: what a test does not name is filled in."""

from typing import Any

import pyarrow as pa

from expectations.tables.arrow_schema import arrow_schema
from expectations.tables.contract import Table
from tests.support.frames import filled


def arrow(table: Table, *rows: dict[str, Any]) -> pa.Table:
    """Rows of a table; columns that are left out hold a plain value, or null where null is legal."""
    return pa.Table.from_pylist([filled(table, row) for row in rows], arrow_schema(table))
