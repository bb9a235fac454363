"""How our Spark is set: Delta, UTC, zstd, and what keeps small tables fast on one machine."""

import sys
from pathlib import Path

from lakehouse.engine.errors import EngineMissingError

# Spark's default writes times of twelve bytes without statistics, in which years before 1678 do not fit for others.
PARQUET_TIMES = {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}
# What every session sets, as others may have started the engine: dates of times are UTC's.
OF_SESSIONS = {**PARQUET_TIMES, "spark.sql.session.timeZone": "UTC"}


def jars() -> list[Path]:
    """The eight jars of Delta, put there by `make setup`.

    Raises:
        EngineMissingError: They are not there.
    """
    found = sorted((Path(sys.prefix) / "jars").glob("*.jar"))
    if not found:
        raise EngineMissingError("Delta's jars are not installed; run `make setup`")
    return found


def spark_configuration(scratch: Path, *, port: int, cores: int) -> dict[str, str]:
    """Every setting of a server on this machine; what it can do without goes to `scratch`.

    Source: `docs/decisions/0010-small-table-parallelism.md`. Measured: vacuum of ten files 50 s with default
    listing parallelism, 2 s with 4.
    """
    return {
        "spark.master": f"local[{cores}]",
        "spark.driver.extraClassPath": ":".join(str(jar) for jar in jars()),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.shuffle.partitions": str(2 * cores),
        "spark.sql.parquet.compression.codec": "zstd",
        **OF_SESSIONS,
        "spark.hadoop.parquet.compression.codec.zstd.level": "1",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
        "spark.databricks.delta.snapshotPartitions": "2",
        "spark.databricks.delta.optimize.maxFileSize": str(128 * 1024 * 1024),
        "spark.databricks.delta.optimize.minFileSize": str(64 * 1024 * 1024),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.local.dir": str(scratch),
        "spark.ui.enabled": "false",
        "spark.python.daemon.module": "lakehouse.engine.python_workers",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
        "spark.sql.adaptive.coalescePartitions.minPartitionSize": "4m",
        "spark.driver.extraJavaOptions": " ".join(f'"{option}"' for option in _java_options(scratch)),
    }


def archive_file() -> Path:
    """Where the class-data archive is, if one was made."""
    return Path(sys.prefix) / "engine-classes.jsa"


def _java_options(scratch: Path) -> list[str]:
    options = ["-Duser.timezone=UTC", f"-Dderby.system.home={scratch}", "-XX:+UseParallelGC"]
    archive = archive_file()
    return [*options, f"-XX:SharedArchiveFile={archive}", "-Xshare:auto"] if archive.is_file() else options
