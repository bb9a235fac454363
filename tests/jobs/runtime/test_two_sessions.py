"""Two sessions of one process on one engine."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

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
        frame = second.range(3).localCheckpoint()

        assert frame.count() == 3
        assert frame.sparkSession.session_id == second.session_id
