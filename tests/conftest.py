"""What every test may ask for."""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from jobs.runtime.engine.server import start_server, stop_server


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session on a server of its own: one for the whole run, ended with it."""
    engine = start_server(tmp_path_factory.mktemp("engine"), memory="4g", cores=2, outlives_us=False)
    session = SparkSession.builder.remote(engine.remote).getOrCreate()
    yield session
    session.stop()
    stop_server(engine.pid)
