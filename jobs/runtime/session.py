"""A session on the engine that the settings name."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

from jobs.runtime.settings import Settings
from lakehouse.engine.client import be_patient, connect, load_client, lost_connection
from lakehouse.engine.configuration import OF_SESSIONS
from lakehouse.engine.errors import EngineError
from lakehouse.engine.orphans import end_orphans, has_notes, noted
from lakehouse.engine.server import start_server, stop_server
from lakehouse.engine.tasks import Engine
from lakehouse.engine.warm import bound_its_log, warm_engine
from lakehouse.errors import JobError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_REMEDY = "see `assay engine status` and the setting `engine`"


@contextmanager
def open_session(settings: Settings) -> Iterator["SparkSession"]:
    """A Spark Connect session of its own; where no engine is warm one is started for it and stopped after.

    What a killed run of the same lake left running in an engine has ended before the session is handed out.

    Raises:
        EngineError: The engine cannot be started or reached, or it ended while it was used.
    """
    with _engine(settings) as remote:
        end_orphans(settings.state, settings.lake)
        spark = _connect(remote)
        try:
            with noted(settings.state, settings.lake, spark, remote):
                yield spark
        except Exception as exc:
            lost = lost_connection(exc)
            if isinstance(exc, JobError) or not lost:
                raise
            raise EngineError(
                f"the engine at {_place(remote)} ended or stopped answering while it was used ({lost}); "
                "run the same command again, it goes on where this run ended"
            ) from exc
        finally:
            spark.stop()


@contextmanager
def session_when_needed(settings: Settings) -> Iterator[Engine]:
    """A session as of `open_session`, opened when it is first asked for: small work needs none.

    Where a killed run of the lake left a session it is opened at once: what that run still does there is to end first.
    """
    with ExitStack() as opened:
        engine = cache(lambda: opened.enter_context(open_session(settings)))
        if has_notes(settings.state, settings.lake):
            engine()
        yield engine


@contextmanager
def _engine(settings: Settings) -> Iterator[str]:
    """The URL of a running engine, or of one that lives as long as this context."""
    running = warm_engine(settings.state) if settings.engine == "auto" else None
    if settings.engine.startswith("sc://"):
        yield settings.engine
    elif running is not None:
        bound_its_log(settings.state)
        yield running.remote
    else:
        own = start_server(
            settings.state / "local", memory=settings.engine_memory, cores=settings.cores, outlives_us=False,
            spawned=lambda _: load_client(),
        )  # fmt: skip
        try:
            yield own.remote
        finally:
            stop_server(own.pid)


def _connect(remote: str) -> "SparkSession":
    """A new session that the server has answered to."""
    from pyspark.errors import PySparkException

    spark = connect(remote, str(uuid.uuid4()))
    try:
        spark.conf.get("spark.sql.session.timeZone")
    except PySparkException as exc:
        spark.client.close()
        why = lost_connection(exc) or str(exc)
        raise EngineError(f"no Spark Connect server answers at {_place(remote)}: {why}; {_REMEDY}") from exc
    be_patient(spark, remote)
    for key, value in OF_SESSIONS.items():
        spark.conf.set(key, value)
    return spark


def _place(remote: str) -> str:
    """The URL without its token."""
    return remote.partition("/;")[0]
