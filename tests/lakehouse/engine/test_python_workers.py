"""The engine's Python workers have no archives on their path, and the libraries that tasks use are there at once."""

import subprocess
import sys
from typing import Any

import pytest
from pyspark.sql import SparkSession

from lakehouse.engine.tasks import run_tasks

FORGET = """
import sys
sys.path[:0] = ["/spark/pyspark.zip", "/spark/spark-core.jar"]
sys.path_importer_cache["/spark/pyspark.zip/pyspark"] = None
from lakehouse.engine.python_workers import forget_archives
forget_archives()
print([place for place in [*sys.path, *sys.path_importer_cache] if place.startswith("/spark")])
"""


def test_archives_are_forgotten_and_folders_are_not() -> None:
    found = subprocess.run([sys.executable, "-c", FORGET], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


def _seen(_: int) -> dict[str, Any]:
    loaded = sorted({"duckdb", "pyarrow.parquet", "numpy"} & sys.modules.keys())
    archives = [place for place in [*sys.path, *sys.path_importer_cache] if ".zip" in place or ".jar" in place]
    return {"loaded": loaded, "archives": archives}


@pytest.mark.spark
def test_a_worker_begins_with_libraries_and_without_archives(spark: SparkSession) -> None:
    seen = run_tasks(lambda: spark, [1, 2], _seen)

    assert seen == [{"loaded": ["duckdb", "numpy", "pyarrow.parquet"], "archives": []}] * 2
