"""Tables as Arrow knows them."""

import pyarrow as pa

from expectations.tables.contract import Table

_TYPES = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "decimal(38,0)": pa.decimal128(38, 0),
    "binary": pa.binary(),
    "array<string>": pa.list_(pa.string()),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The table's columns in order, all nullable as in Spark."""
    return pa.schema([pa.field(column.name, _TYPES[column.type]) for column in table.columns])
