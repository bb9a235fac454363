"""`bronze.rejected`: the staged batch's records that could not be read."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from expectations.tables.bronze import REJECTED


def build(staged: DataFrame) -> DataFrame:
    """The rejected records of a staged batch, key (_file_id, _line, _column), with their reasons.

    A header that cannot be used stands for no record: its reason stands with each record under it.

    Args:
        staged: The part `rejected` of a staged batch (`bronze.staged`).
    """
    return staged.where(f.col("record_count") > 0).select(*REJECTED.column_names)
