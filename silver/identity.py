"""Which records say the same: keys, payloads, and which of two payloads stands."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

KEY = ("sensor_id", "metric", "measured_at")
PAYLOAD = ("machine_id", "factory_id", "steps")


def key_hash() -> Column:
    """64-bit hash of the key: a narrow stand-in for it. Equal keys have equal hashes; the few others are told apart."""
    return f.xxhash64(*KEY)


def standing_first() -> list[Column]:
    """The order in which payloads of one key stand: the largest reading, so that a conflict never hides an alarm."""
    return [f.col("steps").desc(), f.col("machine_id").asc(), f.col("factory_id").asc()]


def repeated_hashes(readings: DataFrame) -> DataFrame:
    """Key hashes (`_key`) that more than one row has."""
    return readings.groupBy(key_hash().alias("_key")).count().where(f.col("count") > 1).select("_key")


def shared_hashes(readings: DataFrame, standing: DataFrame) -> DataFrame:
    """Key hashes (`_key`) of readings that a standing reading has too."""
    ours, theirs = readings.select(key_hash().alias("_key")), standing.select(key_hash().alias("_key"))
    return theirs.join(ours, "_key", "left_semi")


def rank_payloads(readings: DataFrame) -> DataFrame:
    """Add `_rank` (1 for the payload that stands) and `_copy` (1 for the first record of its payload)."""
    by_key = Window.partitionBy(*KEY).orderBy(*standing_first())
    by_payload = Window.partitionBy(*KEY, *PAYLOAD).orderBy("_file_id", "_line", "_column")
    return readings.withColumn("_rank", f.dense_rank().over(by_key)).withColumn(
        "_copy", f.row_number().over(by_payload)
    )


def same_payload(prefix: str) -> Column:
    """Whether a row says what the row says whose payload stands beside it in columns of that prefix."""
    same = f.lit(True)
    for name in PAYLOAD:
        same = same & (f.col(name) == f.col(f"{prefix}{name}"))
    return same


def stands_before(prefix: str) -> Column:
    """The order of `standing_first`, for a row and the payload beside it in columns of that prefix."""
    more = f.col("steps") > f.col(f"{prefix}steps")
    same = f.col("steps") == f.col(f"{prefix}steps")
    machine_before = f.col("machine_id") < f.col(f"{prefix}machine_id")
    same_machine = f.col("machine_id") == f.col(f"{prefix}machine_id")
    factory_before = f.col("factory_id") < f.col(f"{prefix}factory_id")
    return more | (same & (machine_before | (same_machine & factory_before)))
