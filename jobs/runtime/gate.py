"""The gate before every publish: Great Expectations judges the batch, the verdict goes into the commit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.contract import Table
from jobs.runtime.adoption import DataFile, data_files
from jobs.runtime.code_revision import code_revision
from jobs.runtime.delta import Lake
from jobs.runtime.engine.errors import EngineError
from jobs.runtime.errors import GateRefused
from jobs.runtime.log import log
from jobs.runtime.staging_area import staging_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from expectations.runner import SuiteReport

DOCS = "_reports/data_docs"


@dataclass(frozen=True, slots=True)
class JudgedFiles:
    """A batch that passed its gate, written to files that no table knows yet; and what its commit shall say of it."""

    table: Table
    folder: Path
    files: tuple[DataFile, ...]
    verdict: dict[str, Any]

    def read(self, spark: "SparkSession") -> "DataFrame":
        """The rows."""
        return _read(spark, self.table, self.folder)


@contextmanager
def staged(frame: "DataFrame", table: Table, lake: Lake, batch: str) -> Iterator[JudgedFiles]:
    """Write a batch aside and judge it as it is written; the files last as long as the context.

    Args:
        frame: The rows to be published, the contract's columns. They are computed once.
        table: Their table.
        lake: Where they are to be published, and where the Data Docs stand.
        batch: Name of the batch in reports.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
        EngineError: The files do not hold the rows that the engine wrote.
    """
    from expectations.runner import Watched

    watched = Watched(frame, table)
    with staging_folder(lake.root) as folder:
        if watched.frame is not None:
            write_aside(watched.frame, table, folder)
        report = watched.report(lambda: _read(frame.sparkSession, table, folder), batch, lake.root / DOCS)
        verdict, files = _verdict(report, lake), data_files(folder)
        _check_whole(report, files, folder)
        yield JudgedFiles(table, folder, files, verdict)


def audit(frame: "DataFrame", table: Table, lake: Lake, batch: str) -> dict[str, Any]:
    """Judge a batch that is written already, or by others; what the commit shall say of it.

    Args:
        frame: The rows to be published, the contract's columns.
        table: Their table.
        lake: Where the Data Docs stand.
        batch: Name of the batch in reports.

    Returns:
        `verdict`, `suite` (hash) and `code` (revision) for the commit's metadata.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
    """
    from expectations.runner import validate

    return _verdict(validate(frame, table, batch=batch, docs=lake.root / DOCS), lake)


def write_aside(frame: "DataFrame", table: Table, folder: Path) -> None:
    """Let the engine write the rows as Parquet files below a folder, in subfolders by partition."""
    from expectations.spark_schema import struct_type

    writer = frame.to(struct_type(table)).write.mode("append").partitionBy(*table.partition_by)
    writer.option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false").parquet(str(folder))


def _read(spark: "SparkSession", table: Table, folder: Path) -> "DataFrame":
    from expectations.spark_schema import struct_type

    rows = spark.read.schema(struct_type(table)).parquet(str(folder))
    return rows.select(*table.column_names)  # Spark puts the columns of folders last


def _check_whole(report: "SuiteReport", files: Sequence[DataFile], folder: Path) -> None:
    """An engine on another machine would write to a disk of its own, and the commit would name nothing."""
    import pyarrow.parquet as pq

    found = sum(pq.read_metadata(file.source).num_rows for file in files)
    if report.rows not in (None, found):
        raise EngineError(
            f"the engine wrote {report.rows} rows of {report.table} into {folder} and {found} are there; "
            "engine and command must see the same file system (setting `engine`)"
        )


def _verdict(report: "SuiteReport", lake: Lake) -> dict[str, Any]:
    log().debug("gate of %s: %s in %.1f s", report.table, "passed" if report.success else "refused", report.seconds)
    if not report.success:
        broken = "; ".join(f"{failure.code}: {failure.detail}" for failure in report.failures)
        raise GateRefused(
            f"{report.table}, {report.batch}: {broken}. Nothing was published; the report is in {lake.root / DOCS}",
            {"table": report.table, "batch": report.batch, "failures": [failure.code for failure in report.failures]},
        )
    return {"verdict": "PASS", "suite": report.suite_hash, "code": code_revision()}
