"""One batch of readings from bronze to silver: flagged, sorted out, audited, quarantine first, then one commit."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from expectations.tables.silver import QUARANTINE, READINGS_TABLE
from jobs.runtime.delta import Transaction, committing
from jobs.runtime.gate import audit
from jobs.runtime.plant import Plant

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from silver.readings import Sorted


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """What became of the readings of one batch. `replaced` standing readings gave way to ones of this batch."""

    batch: int
    rows: int
    accepted: int
    duplicate: int
    quarantined: dict[str, int]
    dates: tuple[str, ...]

    def to_metadata(self) -> dict[str, Any]:
        """For the commit, where the accounting reads it."""
        return {
            "batch": self.batch, "rows": self.rows, "accepted": self.accepted, "duplicate": self.duplicate,
            "quarantined": self.quarantined, "dates": list(self.dates),
        }  # fmt: skip


def publish_batch(spark: "SparkSession", plant: Plant, number: int) -> BatchCounts:
    """Bring one batch into silver.

    Raises:
        GateRefused: The readings to publish break the contract; silver stays at the version it had.
    """
    from silver import readings, readings_quarantine
    from silver.identity import repeated_hashes

    flagged = _flagged(spark, plant, f"_batch_id = {number}")
    rows, faults, dates = _survey(flagged)
    good = flagged.where("size(_faults) = 0")
    repeated = repeated_hashes(good).localCheckpoint()
    sorted_ = readings.sort_out(good, repeated, _standing(spark, plant, dates))
    conflicts, freed = _conflicts(spark, plant, number, sorted_)
    frame = readings.finish(sorted_.inserts, plant.profile)
    verdict = audit(frame, READINGS_TABLE, plant.lake, f"batch {number}")
    set_aside = readings_quarantine.build(flagged, conflicts)
    _set_aside(plant, set_aside, number, faults, conflicts)
    counts = _counts(number, rows, faults, dates, sorted_, conflicts, freed)
    _commit(spark, plant, frame, counts, verdict, is_merge=freed > 0)
    return counts


def _flagged(spark: "SparkSession", plant: Plant, where: str) -> "DataFrame":
    from silver import machines, readings

    bronze = plant.lake.read(spark, plant.tables["bronze.readings"]).where(where)
    history = plant.lake.read(spark, plant.tables["silver.machines"])
    return readings.flag(bronze, machines.current_models(history), plant.profile)


def _survey(flagged: "DataFrame") -> tuple[int, Counter[str], list[date]]:
    """In one pass: how many records, how many of each first fault, which UTC dates the good ones touch."""
    from pyspark.sql import functions as f

    fault = f.try_element_at("_faults", f.lit(1))
    day = f.when(fault.isNull(), f.to_date("measured_at"))
    groups = flagged.groupBy(fault.alias("fault"), day.alias("day")).count().collect()
    faults: Counter[str] = Counter()
    for group in groups:
        if group["fault"] is not None:
            faults[group["fault"]] += group["count"]
    dates = sorted({group["day"] for group in groups if group["day"] is not None})
    return sum(group["count"] for group in groups), faults, dates


def _standing(spark: "SparkSession", plant: Plant, dates: list[date]) -> "DataFrame | None":
    """Silver's readings of the touched dates; None where there are none, which spares the comparison."""
    from pyspark.sql import functions as f

    touched = plant.lake.dates(READINGS_TABLE) & {str(day) for day in dates}
    if not touched:
        return None
    days = [day for day in dates if str(day) in touched]
    return plant.lake.read(spark, READINGS_TABLE).where(f.col("measured_date").isin(days))


def _conflicts(spark: "SparkSession", plant: Plant, number: int, sorted_: "Sorted") -> tuple["DataFrame", int]:
    """Records that lose, those of earlier batches too whose standing reading gives way; and how many gave way."""
    from silver import readings_quarantine

    replaced = None if sorted_.replaced is None else sorted_.replaced.localCheckpoint()
    freed = 0 if replaced is None else replaced.count()
    if replaced is None or freed == 0:
        return sorted_.conflicts.localCheckpoint(), 0
    earlier = _flagged(spark, plant, f"_batch_id < {number}").where("size(_faults) = 0")
    lost = readings_quarantine.records_of(earlier, replaced)
    return sorted_.conflicts.unionByName(lost).localCheckpoint(), freed


def _set_aside(plant: Plant, frame: "DataFrame", number: int, faults: Counter[str], conflicts: "DataFrame") -> None:
    if not faults and conflicts.isEmpty():
        return
    verdict = audit(frame, QUARANTINE, plant.lake, f"batch {number}")
    plant.lake.append(
        frame.coalesce(1), QUARANTINE, Transaction(f"{QUARANTINE.name}/batch-{number}"), {"batch": number, **verdict}
    )


def _counts(  # noqa: PLR0913, PLR0917 the parts of one sum
    number: int, rows: int, faults: Counter[str], dates: list[date], sorted_: "Sorted", conflicts: "DataFrame",
    freed: int,
) -> BatchCounts:  # fmt: skip
    """Accepted is net of the readings that gave way; duplicates are net of the copies that left with them."""
    lost, inserted = conflicts.count(), sorted_.inserts.count()
    own_lost = conflicts.where(f"_batch_id = {number}").count() if freed else lost
    copies_freed = lost - own_lost - freed
    quarantined = dict(faults) | ({"conflicting_value": lost} if lost else {})
    return BatchCounts(
        number, rows, inserted - freed, sorted_.duplicates.count() - copies_freed, quarantined,
        tuple(str(day) for day in dates),
    )  # fmt: skip


def _commit(
    spark: "SparkSession", plant: Plant, frame: "DataFrame", counts: BatchCounts, verdict: dict[str, Any], *,
    is_merge: bool,
) -> None:  # fmt: skip
    once = Transaction(f"{READINGS_TABLE.name}/batch-{counts.batch}")
    metadata = {**counts.to_metadata(), **verdict}
    laid = frame.repartition("measured_date", "factory_id")
    if not is_merge:
        plant.lake.append(laid, READINGS_TABLE, once, metadata)
        return
    laid.createOrReplaceTempView("incoming")
    dates = ", ".join(f"DATE'{day}'" for day in counts.dates)
    with committing(spark, once, metadata):
        spark.sql(
            f"MERGE INTO delta.`{plant.lake.path(READINGS_TABLE)}` AS standing USING incoming "
            f"ON standing.measured_date IN ({dates}) AND standing.measured_date = incoming.measured_date "
            "AND standing.sensor_id = incoming.sensor_id AND standing.metric = incoming.metric "
            "AND standing.measured_at = incoming.measured_at "
            "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
        )
