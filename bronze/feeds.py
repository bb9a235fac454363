"""`bronze.<feed>` for every feed: the staged batch's part, with the contract's columns in order."""

from pyspark.sql import DataFrame

from expectations.contract import Table


def build(staged: DataFrame, table: Table) -> DataFrame:
    """The rows of one feed's table in a staged batch.

    Args:
        staged: The feed's part of a staged batch (`bronze.staged`).
        table: `bronze.<feed>`; its subject is the feed.
    """
    return staged.select(*table.column_names)
