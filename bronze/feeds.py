"""`bronze.<feed>` for every feed: the staged batch's part, with the contract's columns in order."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from expectations.contract import Table


def build(staged: DataFrame, table: Table) -> DataFrame:
    """The rows of one feed's table in a staged batch.

    Args:
        staged: A staged batch (`bronze.staged`).
        table: `bronze.<feed>`; its subject is the feed.
    """
    return staged.where(f.col("_part") == table.subject).select(*table.column_names)
