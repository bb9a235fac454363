"""The gate before every publish: Great Expectations judges the batch, the verdict goes into the commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.audit.counting import ROWS
from expectations.tables.contract import Table
from lakehouse.code_revision import code_revision
from lakehouse.commit_metadata import Audit
from lakehouse.engine.errors import EngineError
from lakehouse.errors import GateRefused
from lakehouse.files.linking import DataFile, data_files
from lakehouse.files.table_files import Written
from lakehouse.lake import Lake
from lakehouse.log import log

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from expectations.audit.runner import SuiteReport

DOCS = "_reports/data_docs"


@dataclass(frozen=True, slots=True)
class JudgedFiles:
    """A batch that passed its gate, written to files that no table knows yet; and what its commit shall say of it."""

    table: Table
    folder: Path
    files: tuple[DataFile, ...]
    audit: Audit

    def read(self, spark: "SparkSession") -> "DataFrame":
        """The rows."""
        return _read(spark, self.table, self.folder, [str(file.source) for file in self.files])

    def of(self, day: date) -> "pa.Table":
        """The rows of that value of the first partition column, with the partition columns."""
        column = self.table.partition_by[0]
        return self._rows([file for file in self.files if file.partition[column] == str(day)])

    def dates(self) -> set[str]:
        """Values of the first partition column that have rows, as text."""
        return {str(file.partition[self.table.partition_by[0]]) for file in self.files}

    def rows(self) -> "pa.Table":
        """All rows, with the partition columns."""
        return self._rows(self.files)

    def _rows(self, files: Sequence[DataFile]) -> "pa.Table":
        import pyarrow as pa
        import pyarrow.parquet as pq

        from expectations.tables.arrow_schema import arrow_schema

        schema = arrow_schema(self.table)
        parts = [schema.empty_table()]
        for file in files:
            rows = pq.read_table(file.source, partitioning=None)
            for name, text in file.partition.items():
                value = pa.scalar(text, pa.string()).cast(schema.field(name).type)
                rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
            parts.append(rows.select(schema.names).cast(schema))
        return pa.concat_tables(parts)


def judge(written: Written, table: Table, lake: Lake, folder: Path, batch: str) -> JudgedFiles:
    """Judge a batch that tasks have written below a folder, by what they counted of its rows.

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
        EngineError: The files do not hold the rows that the tasks wrote.
    """
    audit, files = judge_counts(written.counts, table, lake, batch), data_files(folder, written.files)
    _check_whole(table, written.counts[ROWS], files, folder)
    return JudgedFiles(table, folder, files, audit)


def judge_counts(counts: Mapping[str, int], table: Table, lake: Lake, batch: str) -> Audit:
    """Audit a batch by the figures of its rows (`expectations.audit.counting`).

    Raises:
        GateRefused: A rule of severity fail is broken; nothing was published.
    """
    from expectations.audit.runner import validate_counts

    return _verdict(validate_counts(counts, table.column_names, table, batch=batch, docs=lake.root / DOCS), lake)


def _read(spark: "SparkSession", table: Table, folder: Path, paths: Sequence[str]) -> "DataFrame":
    from expectations.tables.spark_schema import struct_type

    if not paths:
        return spark.createDataFrame([], struct_type(table))
    rows = spark.read.schema(struct_type(table)).option("basePath", str(folder)).parquet(*paths)
    return rows.select(*table.column_names)  # Spark puts the columns of folders last


def _check_whole(table: Table, rows: int | None, files: Sequence[DataFile], folder: Path) -> None:
    """An engine on another machine would write to a disk of its own, and the commit would name nothing."""
    import pyarrow.parquet as pq

    found = sum(pq.read_metadata(file.source).num_rows for file in files)
    if rows not in (None, found):
        raise EngineError(
            f"the engine wrote {rows} rows of {table.name} into {folder} and {found} are there; "
            "engine and command must see the same file system (setting `engine`)"
        )


def _verdict(report: "SuiteReport", lake: Lake) -> Audit:
    log().debug("gate of %s: %s in %.1f s", report.table, "passed" if report.success else "refused", report.seconds)
    if not report.success:
        broken = "; ".join(f"{failure.code}: {failure.detail}" for failure in report.failures)
        raise GateRefused(
            f"{report.table}, {report.batch}: {broken}. Nothing was published; the report is in {lake.root / DOCS}",
            {"table": report.table, "batch": report.batch, "failures": [failure.code for failure in report.failures]},
        )
    for failure in report.failures:
        log().warning("%s, %s: %s: %s", report.table, report.batch, failure.code, failure.detail)
    return Audit("PASS", report.suite_hash, code_revision())
