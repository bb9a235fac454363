"""The lake's Delta tables. Spark writes; the log is read without Spark, so that a look costs nothing."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.contract import Table
from jobs.runtime.adoption import adopt
from jobs.runtime.transaction import Transaction

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_APP_ID = "spark.databricks.delta.write.txnAppId"
_APP_VERSION = "spark.databricks.delta.write.txnVersion"
_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a table: its version, operation, and what our job said in it (`userMetadata`, parsed)."""

    version: int
    operation: str
    metadata: Mapping[str, Any]


class Lake:
    """The folder of the lake and its tables. Paths only: sessions are handed in."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, table: Table) -> str:
        """Folder of a table."""
        return str(self.root / table.layer / table.subject)

    def exists(self, table: Table) -> bool:
        """Whether the table has a first commit."""
        log = Path(self.path(table)) / "_delta_log"
        return log.is_dir() and any(log.glob("*.json"))

    def version(self, table: Table) -> int | None:
        """Newest version, or None where the table is not there yet."""
        versions = self._commit_files(table)
        return max(versions) if versions else None

    def content_version(self, table: Table) -> int | None:
        """Newest version that changed rows; None where no commit in the log did. See `content_commits`."""
        files = self._commit_files(table)
        return next((version for version in sorted(files, reverse=True) if _changes_rows(files[version])), None)

    def commits(self, table: Table, after: int = -1) -> list[Commit]:
        """Commits with a version above `after` that are still in the log, oldest first."""
        files = self._commit_files(table)
        return [_read_commit(version, files[version]) for version in sorted(files) if version > after]

    def content_commits(self, table: Table, after: int = -1) -> list[Commit]:
        """Those of `commits` that changed rows: compaction, clean-up and what only says something do not count."""
        files = sorted((version, path) for version, path in self._commit_files(table).items() if version > after)
        return [_read_commit(version, path) for version, path in files if _changes_rows(path)]

    def last_metadata(self, table: Table, key: str) -> Any:
        """What the newest commit that says `key` says there; None where no commit does."""
        files = self._commit_files(table)
        for version in sorted(files, reverse=True):
            metadata = _read_commit(version, files[version]).metadata
            if key in metadata:
                return metadata[key]
        return None

    def _commit_files(self, table: Table) -> dict[int, Path]:
        log = Path(self.path(table)) / "_delta_log"
        return {int(path.stem): path for path in log.glob("*.json") if path.stem.isdigit()}

    def arrow(self, table: Table, columns: list[str] | None = None, where: Any = None) -> "pa.Table":
        """The table as Arrow, read without Spark; an empty one of the contract's columns where it is not there yet."""
        import deltalake

        if not self.exists(table):
            return _empty_arrow(table, columns)
        data = deltalake.DeltaTable(self.path(table)).to_pyarrow_dataset()
        wanted = [name for name in (columns or table.column_names) if name in data.schema.names]
        return data.to_table(columns=wanted, filter=where)

    def read(self, spark: "SparkSession", table: Table) -> "DataFrame":
        """The table as a DataFrame of the contract's columns; empty where it is not there."""
        from pyspark.sql import functions as f

        from expectations.spark_schema import struct_type

        schema = struct_type(table)
        if not self.exists(table):
            return spark.createDataFrame([], schema)
        frame = spark.read.format("delta").load(self.path(table))
        missing = {field.name: f.lit(None).cast(field.dataType) for field in schema if field.name not in frame.columns}
        return frame.withColumns(missing).select(*schema.names) if missing else frame.select(*schema.names)

    def append(self, frame: "DataFrame", table: Table, once: Transaction, metadata: Mapping[str, Any]) -> None:
        """Append rows in one commit, once."""
        _writer(frame, table, metadata).option("txnAppId", once.application).option("txnVersion", once.version).mode(
            "append"
        ).save(self.path(table))

    def adopt(self, files: Sequence[Path], table: Table, once: Transaction, metadata: Mapping[str, Any]) -> None:
        """Make Parquet files with the table's columns part of a table that stands, in one commit, once."""
        adopt(Path(self.path(table)), files, table, once, metadata)

    def replace(self, frame: "DataFrame", table: Table, where: str | None, metadata: Mapping[str, Any]) -> None:
        """Replace, in one commit, the rows that fulfil `where` (all rows where None) by the frame's."""
        writer = _writer(frame, table, metadata).mode("overwrite")
        if where is not None and self.exists(table):
            writer = writer.option("replaceWhere", where)
        writer.save(self.path(table))

    def merge(
        self, spark: "SparkSession", frame: "DataFrame", table: Table, dates: Sequence[str], once: Transaction,
        metadata: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Insert rows, and replace those that stand under the same key, in one commit, once.

        Args:
            spark: Open session.
            frame: Rows, each key once.
            table: Partitioned by a date first.
            dates: Every date of the rows: as literals in the condition they spare the table's other partitions.
            once: Name of the commit.
            metadata: What the commit says.
        """
        frame.createOrReplaceTempView("incoming")
        day = table.partition_by[0]
        listed = ", ".join(f"DATE'{date}'" for date in dates)
        same = " AND ".join(f"standing.{name} = incoming.{name}" for name in (day, *table.key))
        with committing(spark, once, metadata):
            spark.sql(
                f"MERGE INTO delta.`{self.path(table)}` AS standing USING incoming "
                f"ON standing.{day} IN ({listed}) AND {same} "
                "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
            )

    def say(self, spark: "SparkSession", table: Table, metadata: Mapping[str, Any]) -> None:
        """Say something in a commit without rows; the table is made where it is not there yet.

        An append of nothing would not do: Delta leaves out commits that are empty, and its file would stay behind.
        """
        if not self.exists(table):
            from expectations.spark_schema import struct_type

            nothing = spark.createDataFrame([], struct_type(table))
            _writer(nothing, table, metadata).mode("append").save(self.path(table))
            return
        text = json.dumps(metadata, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        with _set_for_session(spark, {_METADATA: text}):
            spark.sql(f"ALTER TABLE delta.`{self.path(table)}` SET TBLPROPERTIES ('assay.said' = '{digest}')")

    def dates(self, table: Table) -> set[str]:
        """Values of the first partition column that have files, as text; read from the log."""
        import deltalake

        if not self.exists(table):
            return set()
        return {part[table.partition_by[0]] for part in deltalake.DeltaTable(self.path(table)).partitions()}

    def create(self, spark: "SparkSession", table: Table) -> None:
        """Make the table, empty, where it is not there yet."""
        if not self.exists(table):
            from expectations.spark_schema import struct_type

            self.replace(spark.createDataFrame([], struct_type(table)), table, None, {"created": True})


@contextmanager
def committing(spark: "SparkSession", once: Transaction, metadata: Mapping[str, Any]) -> Iterator[None]:
    """Run SQL statements as one named transaction. The names are taken back: a leaked one drops later statements."""
    values = {
        _APP_ID: once.application,
        _APP_VERSION: str(once.version),
        _METADATA: json.dumps(metadata, sort_keys=True),
    }
    with _set_for_session(spark, values):
        yield


@contextmanager
def _set_for_session(spark: "SparkSession", values: Mapping[str, str]) -> Iterator[None]:
    for key, value in values.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key in values:
            spark.conf.unset(key)


def _writer(frame: "DataFrame", table: Table, metadata: Mapping[str, Any]) -> Any:
    """A Delta writer with the table's properties. They count when the table is made; retention is theirs alone."""
    writer = frame.select(*table.column_names).write.format("delta").option("mergeSchema", "true")
    writer = writer.option("userMetadata", json.dumps(metadata, sort_keys=True))
    for key, value in _properties(table).items():
        writer = writer.option(key, value)
    return writer.partitionBy(*table.partition_by) if table.partition_by else writer


def _properties(table: Table) -> dict[str, str]:
    """Statistics are kept of the columns that prune: of ten text columns they doubled a write's time (measured)."""
    return {
        "delta.deletedFileRetentionDuration": f"interval {table.retention_days} days",
        "delta.logRetentionDuration": f"interval {max(30, table.retention_days)} days",
        "delta.enableDeletionVectors": "false",
        "delta.dataSkippingStatsColumns": ",".join(table.pruning),
    }


def _read_commit(version: int, path: Path) -> Commit:
    """What a commit says of itself; Delta writes it as the first line, before any file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith('{"commitInfo"'):
                info = json.loads(line)["commitInfo"]
                return Commit(version, str(info.get("operation")), _parsed(info.get("userMetadata")))
    return Commit(version, "", {})


def _changes_rows(path: Path) -> bool:
    """Whether a commit adds or removes a file for the sake of its rows."""
    actions = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    moved = (action[kind] for action in actions for kind in ("add", "remove") if kind in action)
    return any(move.get("dataChange", True) for move in moved)


def _parsed(text: str | None) -> Mapping[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _empty_arrow(table: Table, columns: list[str] | None) -> "pa.Table":
    import pyarrow as pa

    from expectations.arrow_schema import arrow_schema

    schema = arrow_schema(table)
    wanted = columns or list(table.column_names)
    return pa.schema([schema.field(name) for name in wanted]).empty_table()
