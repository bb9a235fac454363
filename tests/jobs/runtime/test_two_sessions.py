"""Two sessions of one process on one engine."""

import gc
import uuid
import weakref
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.session import open_session
from jobs.runtime.settings import Settings
from lakehouse.engine.client import connect
from lakehouse.engine.server import EngineAddress


@pytest.mark.spark
def test_the_session_that_was_opened_last_is_the_active_one(
    engine: EngineAddress, spark: SparkSession, tmp_path: Path
) -> None:
    """pyspark asks the active one for what belongs to a frame of another."""
    assert spark.range(1).count() == 1
    settings = Settings(lake=tmp_path / "lake", state=tmp_path / "state", engine=engine.remote)

    with open_session(settings) as second:
        kept = second.range(3).localCheckpoint()

        assert kept.count() == 3
        assert kept.sparkSession.session_id == second.session_id


@pytest.mark.spark
def test_a_session_that_was_stopped_is_not_closed_again_by_the_collector(engine: EngineAddress) -> None:
    """A close waits for a pool of threads that all sessions share; on one of these threads it would wait for ever."""
    stopped = connect(engine.remote, str(uuid.uuid4()))
    stopped.stop()
    held = weakref.ref(stopped)

    del stopped
    gc.collect()

    assert held() is not None
