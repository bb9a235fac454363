"""`bronze.rejected`: the staged batch's records that could not be read."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from bronze.staged import REJECTED_PART
from expectations.tables.bronze import REJECTED


def build(staged: DataFrame) -> DataFrame:
    """The rejected records of a staged batch, key (_file_id, _line, _column), with their reasons.

    A header that cannot be used stands for no record: its reason stands with each record under it.
    """
    stands_for_records = f.col("record_count") > 0
    return staged.where((f.col("_part") == REJECTED_PART) & stands_for_records).select(*REJECTED.column_names)
