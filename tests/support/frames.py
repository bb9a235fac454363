"""Spark frames of a few rows, by contract: what a test does not name is filled in."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from expectations.plant.file import load_profile
from expectations.plant.plant_profile import Profile
from expectations.tables.contract import Table
from expectations.tables.spark_schema import struct_type
from tests.support.small_plant import write_small_plant

_DEFAULTS: dict[str, Any] = {
    "string": "x", "bigint": 0, "int": 0, "double": 0.0, "boolean": False, "date": date(2026, 3, 1),
    "timestamp": datetime(2026, 3, 1, tzinfo=UTC), "decimal(38,0)": Decimal(0), "array<string>": [], "binary": b"",
}  # fmt: skip
PLACES = {"factory_id": "F1", "machine_id": "M1", "sensor_id": "S1", "metric": "temperature", "unit": "C"}


def filled(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row of a table; columns that are left out hold a plain value, or null where null is legal."""
    return {
        c.name: row[c.name] if c.name in row else PLACES.get(c.name, None if c.nullable else _DEFAULTS[c.type])
        for c in table.columns
    }


def frame(spark: SparkSession, table: Table, *rows: dict[str, Any]) -> DataFrame:
    """Rows of a table, each as in `filled`."""
    return spark.createDataFrame([tuple(filled(table, row).values()) for row in rows], struct_type(table))


def small_profile(folder: Path, extra: str = "") -> Profile:
    """The profile of the small plant."""
    return load_profile(write_small_plant(folder, extra))


def at(text: str) -> datetime:
    """An instant of 2026 UTC, written `03-01 10:20`."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)
