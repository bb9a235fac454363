"""Replacing only what changed: new partitions against standing ones, by digests of their content."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from expectations.contract import Table
from jobs.runtime.delta import Lake
from jobs.runtime.gate import audit

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a rebuild did: which partition dates it replaced (None: the whole table), whether it wrote."""

    dates: tuple[str, ...]
    changed: bool


def replace_changed_dates(
    spark: "SparkSession", lake: Lake, table: Table, rebuilt: "DataFrame", dates: list[date], said: Mapping[str, Any]
) -> Replaced:
    """Replace, in one commit, those of the candidate dates whose content differs from what stands.

    Args:
        spark: Open session.
        lake: The lake.
        table: Partitioned by one date column.
        rebuilt: What the candidate dates should hold; it may hold nothing of some.
        dates: Candidate dates.
        said: Metadata of the commit; the verdict of the gate joins it. A rebuild that changes nothing says it in an
            empty commit, so that the next run knows.

    Raises:
        GateRefused: The new content breaks the table's contract; nothing was replaced.
    """
    from pyspark.sql import functions as f

    column = table.partition_by[0]
    new = rebuilt.where(f.col(column).isin(dates)).localCheckpoint()
    standing = lake.read(spark, table).where(f.col(column).isin(dates))
    held = lake.dates(table) & {str(day) for day in dates}
    changed = _differing(digests(new, column), digests(standing, column)) if held else _values(new, column)
    if not changed:
        mark(spark, lake, table, said)
        return Replaced((), changed=False)
    frame = new.where(f.col(column).isin(changed))
    verdict = audit(frame, table, lake, _name(changed))
    listed = ", ".join(f"DATE'{day}'" for day in changed)
    metadata = {**said, **verdict, "dates": [str(day) for day in changed]}
    lake.replace(frame.repartition(column), table, f"{column} IN ({listed})", metadata)
    return Replaced(tuple(str(day) for day in changed), changed=True)


def replace_changed_table(
    spark: "SparkSession",
    lake: Lake,
    table: Table,
    rebuilt: "DataFrame",
    said: Mapping[str, Any],
    *,
    time: str | None = None,
) -> Replaced:
    """Replace a small table as a whole where its content differs from what stands.

    Args:
        spark: Open session.
        lake: The lake.
        table: What is rebuilt.
        rebuilt: What it should hold.
        said: Metadata of the commit; the verdict of the gate joins it.
        time: A column of time: the commit then says in `since` what the earliest row that changed speaks of.

    Raises:
        GateRefused: The new content breaks the table's contract; nothing was replaced.
    """
    from pyspark.sql import functions as f

    new = rebuilt.coalesce(1).localCheckpoint()
    one = f.lit(1).alias("_all")
    standing = lake.read(spark, table) if lake.exists(table) else None
    if standing is not None and digests(new, one) == digests(standing, one):
        mark(spark, lake, table, said)
        return Replaced((), changed=False)
    verdict = audit(new, table, lake, "whole table")
    since = {} if standing is None or time is None else {"since": _earliest_change(new, standing, time)}
    lake.replace(new, table, None, {**said, **verdict, **since})
    return Replaced((), changed=True)


def _earliest_change(new: "DataFrame", standing: "DataFrame", time: str) -> str:
    from pyspark.sql import functions as f

    differing = new.exceptAll(standing).unionByName(standing.exceptAll(new))
    return str(differing.agg(f.date_format(f.min(time), "yyyy-MM-dd")).collect()[0][0])


def digests(frame: "DataFrame", column: Any) -> dict[Any, tuple[Any, ...]]:
    """For each value of a column: count, sum and exclusive or of whole rows' hashes; the order of rows is free."""
    from pyspark.sql import functions as f

    whole = f.xxhash64(*[f.coalesce(f.col(name).cast("string"), f.lit("\x00")) for name in frame.columns])
    rows = frame.withColumn("_hash", whole).groupBy(column).agg(
        f.count("_hash"), f.sum(f.col("_hash").cast("decimal(38,0)")), f.bit_xor("_hash")
    )  # fmt: skip
    return {row[0]: tuple(row[1:]) for row in rows.collect()}


def mark(spark: "SparkSession", lake: Lake, table: Table, said: Mapping[str, Any]) -> None:
    """Say in an empty commit what was looked at, where it differs from what the table says already."""
    if all(lake.last_metadata(table, key) == value for key, value in said.items()):
        return
    lake.say(spark, table, said)


def _differing(one: dict[Any, tuple[Any, ...]], other: dict[Any, tuple[Any, ...]]) -> list[Any]:
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


def _values(frame: "DataFrame", column: str) -> list[Any]:
    return sorted(row[0] for row in frame.select(column).distinct().collect())


def _name(dates: list[Any]) -> str:
    return str(dates[0]) if len(dates) == 1 else f"{dates[0]} to {dates[-1]} ({len(dates)} dates)"
