"""Two sessions of one process on one engine."""

import gc
import uuid
import weakref
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.engine.client import checkpoint, connect
from jobs.runtime.engine.server import EngineAddress
from jobs.runtime.engine.session import open_session
from jobs.runtime.settings import Settings


@pytest.mark.spark
def test_a_checkpoint_belongs_to_the_session_that_made_it(
    engine: EngineAddress, spark: SparkSession, tmp_path: Path
) -> None:
    assert spark.range(1).count() == 1
    settings = Settings(lake=tmp_path / "lake", state=tmp_path / "state", engine=engine.remote)

    with open_session(settings) as second:
        frame = checkpoint(second.range(3))

        assert frame.count() == 3
        assert frame.sparkSession.session_id == second.session_id


@pytest.mark.spark
def test_a_session_that_was_stopped_is_not_closed_again_by_the_collector(engine: EngineAddress) -> None:
    """A close waits for a pool of threads that all sessions share; on one of these threads it would wait for ever."""
    stopped = connect(engine.remote, str(uuid.uuid4()))
    stopped.stop()
    held = weakref.ref(stopped)

    del stopped
    gc.collect()

    assert held() is not None


@pytest.mark.spark
def test_a_checkpoint_is_not_forgotten_by_the_collector(spark: SparkSession) -> None:
    """Its end asks the server, under a lock that the thread which the collector interrupts may hold."""
    kept = checkpoint(spark.range(3))
    held = weakref.ref(kept._plan)  # the part that asks

    del kept
    gc.collect()

    assert held() is not None
