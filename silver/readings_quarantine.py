"""`silver.readings_quarantine`: records that cannot be true, as they arrived, with their faults."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from expectations.tables.silver import QUARANTINE
from silver.identity import KEY, PAYLOAD


def build(flagged: DataFrame, conflicts: DataFrame) -> DataFrame:
    """Every record with faults, and every record that lost a conflict. Never deduplicated: each record counts."""
    faulty = flagged.where(f.size("_faults") > 0)
    lost = conflicts.withColumn("_faults", f.array(f.lit("conflicting_value")))
    return faulty.select(*QUARANTINE.column_names).unionByName(lost.select(*QUARANTINE.column_names))


def records_of(bronze: DataFrame, replaced: DataFrame) -> DataFrame:
    """The bronze records behind standing readings that lost: all of them leave silver with the reading.

    Args:
        bronze: Flagged records of earlier batches, without faults.
        replaced: Key and payload of each standing reading that lost.
    """
    return bronze.join(f.broadcast(replaced), [*KEY, *PAYLOAD], "left_semi")
