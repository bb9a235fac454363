"""Commits that Spark writes under a name of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from lakehouse.transaction import Transaction

_APP_ID = "spark.databricks.delta.write.txnAppId"
_APP_VERSION = "spark.databricks.delta.write.txnVersion"


@contextmanager
def committing(spark: SparkSession, once: Transaction) -> Iterator[None]:
    """Run SQL statements as one named transaction. The names are taken back: a leaked one drops later statements."""
    values = {_APP_ID: once.application, _APP_VERSION: str(once.version)}
    for key, value in values.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key in values:
            spark.conf.unset(key)
