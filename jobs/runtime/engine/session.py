"""A session on the engine that the settings name."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs.runtime.engine.client import connect
from jobs.runtime.engine.errors import EngineError
from jobs.runtime.engine.kept import kept_engine
from jobs.runtime.engine.orphans import end_orphans, noted
from jobs.runtime.engine.server import start_server, stop_server
from jobs.runtime.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@contextmanager
def open_session(settings: Settings) -> Iterator["SparkSession"]:
    """A Spark Connect session of its own; where no engine is kept one is started for it and stopped after.

    What a killed run of the same lake left running in an engine has ended before the session is handed out.

    Raises:
        EngineError: The engine cannot be started or reached.
    """
    with _engine(settings) as remote:
        end_orphans(settings.state, settings.lake)
        spark = _connect(remote)
        try:
            with noted(settings.state, settings.lake, spark, remote):
                yield spark
        finally:
            spark.stop()


@contextmanager
def _engine(settings: Settings) -> Iterator[str]:
    """The URL of a running engine, or of one that lives as long as this context."""
    kept = kept_engine(settings.state) if settings.engine == "auto" else None
    if settings.engine.startswith("sc://"):
        yield settings.engine
    elif kept is not None:
        yield kept.remote
    else:
        own = start_server(
            settings.state / "local", memory=settings.engine_memory, cores=settings.cores, outlives_us=False
        )
        try:
            yield own.remote
        finally:
            stop_server(own.pid)


def _connect(remote: str) -> "SparkSession":
    """A new session that the server has answered to."""
    from pyspark.errors import PySparkException

    try:
        spark = connect(remote, str(uuid.uuid4()))
        spark.conf.get("spark.sql.session.timeZone")
    except PySparkException as exc:
        where = remote.partition(";")[0]
        raise EngineError(f"no Spark Connect server answers at {where}: {exc}; see `assay engine status`") from exc
    return spark
