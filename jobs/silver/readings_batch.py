"""One batch of readings from bronze to silver: flagged, sorted out, audited, quarantine first, then one commit."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.tables.bronze import FILES
from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.runtime.engine.client import checkpoint
from jobs.runtime.gate import JudgedFiles, staged
from jobs.runtime.plant import Plant
from jobs.runtime.transaction import Transaction
from jobs.silver.batch_counts import BatchCounts, Survey
from jobs.silver.limits_by_model import as_metadata
from jobs.silver.sorting import Sorted, count_by_day, sort_records

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


@dataclass(frozen=True, slots=True)
class _Judged:
    """A batch judged: its records with their fates, and the records of earlier batches that leave silver for it."""

    records: Sorted
    seen: Survey
    dethroned: "DataFrame | None" = None
    dethroned_count: int = 0

    @property
    def freed(self) -> int:
        """Standing readings that give way."""
        return self.seen.fates["replaces"]


def publish_batch(spark: "SparkSession", plant: Plant, number: int, models: dict[str, str]) -> BatchCounts:
    """Bring one batch into silver, judged by the limits of those models.

    Raises:
        GateRefused: The readings to publish break the contract; silver stays at the version it had.
    """
    if not _has_readings(plant, number):
        return _pass_over(plant, number, models)
    from silver import readings

    judged = _judge(spark, plant, number, models)
    accepted = readings.finish(judged.records.accepted(), plant.profile)
    laid = accepted.repartition(*READINGS_TABLE.partition_by)
    with staged(laid, READINGS_TABLE, plant.lake, f"batch {number}") as batch:
        _set_aside(plant, judged, number)
        counts = _counts(number, judged)
        metadata = {**counts.to_metadata(), **as_metadata(models), **batch.verdict}
        _commit(spark, plant, batch, counts, metadata, is_merge=judged.freed > 0)
    return counts


def _has_readings(plant: Plant, number: int) -> bool:
    ledger = plant.lake.arrow(FILES, ["_batch_id", "feed", "rows"]).to_pylist()
    return any(row["_batch_id"] == number and row["feed"] == "readings" and row["rows"] for row in ledger)


def _pass_over(plant: Plant, number: int, models: dict[str, str]) -> BatchCounts:
    counts = BatchCounts(number, 0, 0, 0, {}, ())
    once = Transaction(f"{READINGS_TABLE.name}/batch-{number}")
    plant.lake.append((), READINGS_TABLE, once, {**counts.to_metadata(), **as_metadata(models)})
    return counts


def _judge(spark: "SparkSession", plant: Plant, number: int, models: dict[str, str]) -> _Judged:
    from pyspark.sql import functions as f

    from silver import readings

    batch = _bronze(spark, plant, f.col("_batch_id") == number)
    by_day = count_by_day(batch)
    records = sort_records(batch, by_day, plant.profile, models, _standing(spark, plant, by_day.keys()))
    seen = records.survey()
    if not seen.fates["replaces"]:
        return _Judged(records, seen)
    gone = checkpoint(readings.replaced(records.closer))
    dethroned = checkpoint(_dethroned(spark, plant, number, gone, models))
    return _Judged(records, seen, dethroned, dethroned.count())


def _bronze(spark: "SparkSession", plant: Plant, where: "Column") -> "DataFrame":
    return plant.lake.read(spark, plant.tables["bronze.readings"]).where(where)


def _standing(spark: "SparkSession", plant: Plant, days: Iterable[str]) -> "DataFrame | None":
    """Silver's readings of those dates; None where there are none, which spares the comparison."""
    from pyspark.sql import functions as f

    touched = sorted(plant.lake.dates(READINGS_TABLE) & set(days))
    if not touched:
        return None
    return plant.lake.read(spark, READINGS_TABLE).where(
        f.col("measured_date").isin([f.lit(day).cast("date") for day in touched])
    )


def _dethroned(
    spark: "SparkSession", plant: Plant, number: int, gone: "DataFrame", models: dict[str, str]
) -> "DataFrame":
    """Every record of earlier batches behind the standing readings that give way."""
    from pyspark.sql import functions as f

    from silver import readings, readings_quarantine

    first, last = gone.agg(f.min("measured_at"), f.max("measured_at")).collect()[0]
    earlier = _bronze(spark, plant, (f.col("_batch_id") < number) & f.col("measured_at").between(first, last))
    return readings_quarantine.records_of(readings.flag(earlier, plant.profile, models).where("_is_good"), gone)


def _set_aside(plant: Plant, judged: _Judged, number: int) -> None:
    from silver import readings_quarantine

    if not judged.seen.quarantined() and not judged.dethroned_count:
        return
    frame = readings_quarantine.build(judged.records.closer)
    if judged.dethroned is not None:
        frame = frame.unionByName(readings_quarantine.build(judged.dethroned))
    once = Transaction(f"{QUARANTINE.name}/batch-{number}")
    with staged(frame.coalesce(1), QUARANTINE, plant.lake, f"batch {number}") as batch:
        plant.lake.append(batch.files, QUARANTINE, once, {"batch": number, **batch.verdict})


def _counts(number: int, judged: _Judged) -> BatchCounts:
    """Of the dethroned records one each was the accepted reading, the others its duplicates."""
    seen, freed = judged.seen, judged.freed
    quarantined = seen.quarantined()
    quarantined["conflicting_value"] += judged.dethroned_count
    copies = judged.dethroned_count - freed
    return BatchCounts(
        number, seen.rows, seen.accepted - freed, seen.fates["repeats"] - copies, dict(+quarantined), seen.dates
    )


def _commit(  # one commit and all it says
    spark: "SparkSession", plant: Plant, batch: JudgedFiles, counts: BatchCounts, metadata: dict[str, Any], *,
    is_merge: bool,
) -> None:  # fmt: skip
    once = Transaction(f"{READINGS_TABLE.name}/batch-{counts.batch}")
    if not is_merge:
        plant.lake.append(batch.files, READINGS_TABLE, once, metadata)
        return
    plant.lake.merge(spark, batch.read(spark), READINGS_TABLE, counts.dates, once, metadata)
