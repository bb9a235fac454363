"""What docs/tables.md shows works: its snippets, joins and questions, on a small lake."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from expectations.plant.file import load_profile
from expectations.tables.registry import tables
from expectations.tables.silver import METRICS
from jobs.runtime.prepared import prepare
from jobs.silver.metrics_table import metric_rows
from lakehouse.commit_metadata import CommitMetadata
from lakehouse.publish.gate import audit_rows
from lakehouse.publish.rows import arrow_rows
from lakehouse.sql import ask, built_tables
from lakehouse.writing.rows import put_rows
from tests.architecture.sources import REPO, text
from tests.report import lakes

PAGE = text(Path("docs/tables.md"))
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
QUESTIONS = re.findall(r"^([^\n]+):\n\n```sql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
JOINS = re.findall(r'^    "([\w.]+)" \S+ "([\w.]+)" : "([\w, ]+)"$', PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake that has every table."""
    folder = tmp_path_factory.mktemp("reader")
    plant = lakes.full_lake(folder / "lake")
    scores = plant.lake.arrow(plant.tables["gold.predictions"]).to_pylist()
    one = {"model": "failure_24h", "score": -0.5, "probability": 0.4, "horizon": "24h", "decision": "none"}
    lakes.put(plant, "gold.predictions", [{**scores[0], "model_scores": json.dumps([one])}, *scores[1:]])
    prepare(plant)
    machine = plant.lake.arrow(plant.tables["silver.machines"]).to_pylist()[0]
    day = {"local_date": lakes.BEGAN.date(), "reading_count": 5, "warning_count": 2, "critical_count": 0}
    lakes.put(plant, "gold.machine_daily", [{"machine_id": machine["machine_id"], "factory_id": "F1", **day}])
    sensor = {"machine_id": machine["machine_id"], "factory_id": "F1", "metric": "temperature"}
    unusual = {"kind": "above_maximum", "severity": "warning", "cleared_at": None}
    lakes.put(plant, "silver.anomalies", [{**sensor, **unusual}])
    far = {"rolling_mean": 50.0, "rolling_deviation": 1.0, "value": 60.0, "is_anomaly": True, "limit_passed": None}
    lakes.put(plant, "silver.reading_statistics", [{**sensor, **far}])
    metrics = arrow_rows(metric_rows(plant.profile), METRICS)
    put_rows(plant.lake, audit_rows(metrics, METRICS, plant.lake, "metrics"), None, CommitMetadata())
    return folder


@pytest.mark.parametrize(
    "snippet", [s for s in SNIPPETS if "spark" not in s], ids=["duckdb", "pandas", "polars", "arrow"]
)
def test_a_snippet_runs_as_it_is(snippet: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_snippets_count_what_assay_sql_counts(folder: Path) -> None:
    arrow = next(snippet for snippet in SNIPPETS if "to_pyarrow_table" in snippet)
    done = subprocess.run([sys.executable, "-c", arrow], cwd=folder, capture_output=True, text=True, check=True)
    with ask(folder / "lake", "SELECT count(*) FROM silver.readings") as answer:
        ((count,),) = answer.read_all().to_pydict().values()

    assert done.stdout.startswith(f"{count} readings in version")
    assert "value The reading in the metric's canonical unit: steps times resolution" in done.stdout


@pytest.mark.spark
def test_the_spark_snippet_runs_as_it_is(spark: SparkSession, folder: Path) -> None:
    (snippet,) = [snippet for snippet in SNIPPETS if "spark" in snippet]
    placed = snippet.replace("lake/", f"{folder}/lake/")

    exec(compile(placed, "docs/tables.md", "exec"), {"spark": spark})


def test_parquet_files_read_directly_count_old_versions_as_the_page_warns(folder: Path, tmp_path: Path) -> None:
    lake = shutil.copytree(folder / "lake", tmp_path / "lake")
    lakes.put_data(lakes.plant_at(lake))  # the same rows again, in a new version
    with ask(lake, "SELECT count(*) FROM silver.readings") as answer:
        ((count,),) = answer.read_all().to_pydict().values()

    files = (lake / "silver" / "readings").rglob("*.parquet")
    assert sum(pq.read_metadata(file).num_rows for file in files) > count
    assert "Do not read its Parquet files directly" in PAGE
    assert "Do not read the Parquet files" in text(Path("docs/bring_your_own_plant.md"))


@pytest.mark.parametrize(("asked", "query"), QUESTIONS, ids=[asked for asked, _ in QUESTIONS])
def test_a_question_is_answered(asked: str, query: str, folder: Path) -> None:
    with ask(folder / "lake", query) as answer:
        rows = answer.read_all()

    assert len(QUESTIONS) == 11
    assert rows.num_rows, asked


def test_the_lake_of_these_tests_has_every_table(folder: Path) -> None:
    assert set(built_tables(folder / "lake")) == set(tables(load_profile("simulated")))


def joins() -> Iterator[tuple[str, str, str]]:
    for left, right, columns in JOINS:
        for column in columns.split(", "):
            yield left, right, column


@pytest.mark.parametrize(("left", "right", "column"), list(joins()))
def test_a_join_of_the_diagram_has_its_columns_on_both_sides(left: str, right: str, column: str) -> None:
    known = tables(load_profile("simulated"))

    assert known[left].column(column).type == known[right].column(column).type


def test_snippets_need_nothing_of_ours() -> None:
    assert len(SNIPPETS) == 5
    for snippet in SNIPPETS:
        assert not re.search(r"^\s*(?:from|import)\s+(?:jobs|expectations)\b", snippet, re.MULTILINE)
    assert os.fspath(REPO) not in PAGE
