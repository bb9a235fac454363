"""The Spark form of features gives what Assay's build gives, in every bit; and what differs is named."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from bench import our_features, spark_features
from bench.features import differences, write_inputs
from bench.ours import PLANT
from expectations.features import features_of
from expectations.plant.file import load_profile


@pytest.mark.spark
def test_both_forms_give_the_same_rows(spark: SparkSession, tmp_path: Path) -> None:
    write_inputs(tmp_path, 3_000)
    files = [tmp_path / f"{name}.parquet" for name in ("buckets", "machines", "ours")]

    our_features.write_features(*files)
    buckets, machines = (spark.read.parquet(str(file)) for file in files[:2])
    spark_features.build(buckets, machines, load_profile(PLANT)).write.parquet(str(tmp_path / "spark.parquet"))

    order = [("machine_id", "ascending"), ("scored_at", "ascending")]
    ours, theirs = (pq.read_table(tmp_path / f"{name}.parquet").sort_by(order) for name in ("ours", "spark"))
    assert differences(ours, theirs) == []
    full = [name for name in ours.column_names if ours.column(name).null_count < ours.num_rows]
    assert full == ours.column_names


def test_the_plant_of_the_benchmarks_has_no_features_that_the_spark_form_lacks() -> None:
    assert {feature.kind for feature in features_of(load_profile(PLANT))} == {"window", "attribute", "level"}


def test_a_last_bit_that_differs_is_named() -> None:
    ours = pa.table({"machine_id": ["M1", "M2"], "mean": [0.1 + 0.2, None]})

    assert differences(ours, ours) == []
    assert differences(ours, pa.table({"machine_id": ["M1", "M2"], "mean": [0.3, None]})) == ["mean"]
    assert differences(ours, pa.table({"machine_id": ["M1", "M2"], "mean": [0.1 + 0.2, 0.0]})) == ["mean"]
    assert len(differences(ours, ours.slice(1))) == 1
