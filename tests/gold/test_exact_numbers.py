"""Python's numbers and Spark's give the same bits."""

import random

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from gold import exact, exact_numbers


@pytest.mark.spark
def test_statistics_of_python_and_spark_are_equal_in_every_bit(spark: SparkSession) -> None:
    rng = random.Random(2)
    rows = []
    for count in [0, 1, 2, 3, *(rng.randrange(4, 5000) for _ in range(60))]:
        steps = [rng.randrange(-(2**40), 2**40) for _ in range(min(count, 50))]
        rows.append((count, sum(steps), sum(step * step for step in steps)))
    frame = spark.createDataFrame([(n, t, str(s)) for n, t, s in rows], "n bigint, t bigint, s string")
    n, t, s = f.col("n"), f.col("t"), f.col("s").cast(exact.EXACT)

    found = frame.select(
        exact.mean(n, t, 0.01).alias("mean"), exact.deviation(n, t, s, 0.01).alias("deviation"),
        exact.scaled(t, 0.01).alias("scaled"),
    ).collect()  # fmt: skip

    for (count, total, squares), row in zip(rows, found, strict=True):
        ours = (
            exact_numbers.mean(count, total, 0.01), exact_numbers.deviation(count, total, squares, 0.01),
            exact_numbers.scaled(total, 0.01),
        )  # fmt: skip
        assert ours == tuple(row)
