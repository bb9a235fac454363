"""Tables as Spark knows them. The only contract module that imports Spark."""

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from expectations.tables.contract import Table

_TYPES: dict[str, DataType] = {
    "string": StringType(),
    "bigint": LongType(),
    "int": IntegerType(),
    "double": DoubleType(),
    "boolean": BooleanType(),
    "timestamp": TimestampType(),
    "date": DateType(),
    "decimal(38,0)": DecimalType(38, 0),
    "binary": BinaryType(),
    "array<string>": ArrayType(StringType()),
}


def struct_type(table: Table) -> StructType:
    """The table's schema: every column in order. All nullable: the contract's rules check nulls, with a name."""
    return StructType([StructField(column.name, _TYPES[column.type]) for column in table.columns])
