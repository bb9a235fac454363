"""The registry's tables: read without Spark, appended with it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from expectations.contract import Table
from expectations.tables.gold import GATE_DECISIONS, MODEL_ALIASES, MODEL_VERSIONS
from jobs.runtime.delta import Transaction
from jobs.runtime.gate import audit
from jobs.runtime.plant import Plant

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ml.registry import GateDecision, ModelAlias, ModelVersion


def aliases(plant: Plant) -> "list[ModelAlias]":
    """Every alias ever set, oldest first."""
    from ml.registry import ModelAlias

    rows = [ModelAlias(**row) for row in plant.lake.arrow(MODEL_ALIASES).to_pylist()]
    return sorted(rows, key=lambda row: row.sequence)


def champion(plant: Plant) -> str | None:
    """The version in force, None where there is none."""
    from ml.registry import CHAMPION, holder

    return holder(aliases(plant), CHAMPION)


def version(plant: Plant, name: str) -> "ModelVersion | None":
    """A trained version by name, None where it was never trained."""
    from ml.registry import ModelVersion

    rows = plant.lake.arrow(MODEL_VERSIONS).to_pylist()
    return next((ModelVersion(**row) for row in rows if row["version"] == name), None)


def decision(plant: Plant, name: str) -> "GateDecision | None":
    """The newest decision on a version, None where none was made."""
    from ml.registry import GateDecision

    rows = [row for row in plant.lake.arrow(GATE_DECISIONS).to_pylist() if row["version"] == name]
    return GateDecision(**max(rows, key=lambda row: row["decided_at"])) if rows else None


def append_version(spark: "SparkSession", plant: Plant, row: "ModelVersion") -> None:
    """Register a version, once."""
    _append(spark, plant, MODEL_VERSIONS, [row], f"version {row.version}")


def append_decision(spark: "SparkSession", plant: Plant, row: "GateDecision") -> None:
    """Record a gate's answer, once per version and champion: the same inputs have the same answer."""
    _append(spark, plant, GATE_DECISIONS, [row], f"{row.version} against {row.champion}")


def append_aliases(spark: "SparkSession", plant: Plant, rows: "Sequence[ModelAlias]") -> None:
    """Set aliases in one commit, once."""
    if rows:
        _append(spark, plant, MODEL_ALIASES, rows, f"alias {min(row.sequence for row in rows)}")


def _append(spark: "SparkSession", plant: Plant, table: Table, rows: Sequence[Any], name: str) -> None:
    import pyarrow as pa

    from expectations.arrow_schema import arrow_schema

    content = pa.Table.from_pylist([asdict(row) for row in rows], schema=arrow_schema(table))
    frame = spark.createDataFrame(content)
    said = audit(frame, table, plant.lake, name)
    plant.lake.append(frame.coalesce(1), table, Transaction(f"{table.name}/{name}"), said)
