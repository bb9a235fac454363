"""`silver.readings_quarantine`: records that cannot be true, as they arrived, with their faults."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from expectations.tables.silver import QUARANTINE
from silver.identity import KEY, PAYLOAD
from silver.readings import Fate


def build(sorted_: DataFrame) -> DataFrame:
    """Every record with faults, and every record that lost a conflict. Never deduplicated: each record counts.

    Args:
        sorted_: Records with their `_fate`.
    """
    lost = sorted_.where(f.col("_fate") == Fate.LOSES.value).withColumn("_faults", f.array(f.lit("conflicting_value")))
    faulty = sorted_.where(f.col("_fate") == Fate.FAULTY.value)
    return faulty.select(*QUARANTINE.column_names).unionByName(lost.select(*QUARANTINE.column_names))


def records_of(bronze: DataFrame, replaced: DataFrame) -> DataFrame:
    """The bronze records behind standing readings that lost, as losers: all of them leave silver with the reading.

    Args:
        bronze: Flagged records of earlier batches, without faults.
        replaced: Key and payload of each standing reading that lost.
    """
    behind = bronze.join(f.broadcast(replaced), [*KEY, *PAYLOAD], "left_semi")
    return behind.withColumn("_fate", f.lit(Fate.LOSES.value))
