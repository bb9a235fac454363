"""A session on the engine that the settings name."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs.runtime.engine.errors import EngineError
from jobs.runtime.engine.kept import kept_engine
from jobs.runtime.engine.server import start_server, stop_server
from jobs.runtime.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

WRITE_TAG = "assay-write"


@contextmanager
def open_session(settings: Settings) -> Iterator["SparkSession"]:
    """A Spark Connect session; an engine of our own is started for it where none is kept, and stopped after.

    The session's id follows from the lake: a second client of the same lake meets whatever a killed one left running,
    ends it and waits, before it reads or writes.

    Raises:
        EngineError: The engine cannot be started or reached.
    """
    own_pid: int | None = None
    remote = _remote(settings)
    if remote is None:
        engine = start_server(
            settings.state / "local", memory=settings.engine_memory, cores=settings.cores, outlives_us=False
        )
        remote, own_pid = engine.remote, engine.pid
    try:
        spark = _connect(remote, settings)
        try:
            yield spark
        finally:
            spark.stop()
    finally:
        if own_pid is not None:
            stop_server(own_pid)


def _remote(settings: Settings) -> str | None:
    """The URL of a running engine, or None where one has to be started."""
    if settings.engine.startswith("sc://"):
        return settings.engine
    kept = kept_engine(settings.state)
    if settings.engine == "auto" and kept is not None:
        return kept.remote
    return None


def _connect(remote: str, settings: Settings) -> "SparkSession":
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    session = uuid.uuid5(uuid.NAMESPACE_URL, settings.lake.resolve().as_uri())
    separator = "" if remote.endswith(";") else ";" if "/;" in remote else "/;"
    try:
        spark = SparkSession.builder.remote(f"{remote}{separator}session_id={session}").getOrCreate()
        spark.interruptAll()
        for key in ("spark.databricks.delta.write.txnAppId", "spark.databricks.delta.write.txnVersion",
                    "spark.databricks.delta.commitInfo.userMetadata"):  # fmt: skip
            spark.conf.unset(key)
    except PySparkException as exc:
        where = remote.partition(";")[0]
        raise EngineError(f"no Spark Connect server answers at {where}: {exc}; see `assay engine status`") from exc
    return spark
