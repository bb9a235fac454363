"""What every test may ask for."""

import atexit
import gc
import os
import signal
from collections.abc import Iterator

import hypothesis
import pytest
from pyspark.sql import SparkSession
from pyspark.sql.connect.session import SparkSession as ConnectSession

from lakehouse.engine.server import EngineAddress, stop_server
from tests.support.failures import FailuresNamed
from tests.support.order import longest_first
from tests.support.shared_engine import EngineOfTheRun, engine_of_the_run, start_test_engine

# Hypothesis would fail an example that takes 200 ms, and a test whose examples come slowly: a busy machine does both.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

# Threads of OpenMP that wait for each other sleep: workers share the processors, and a booster of two threads that spin
# took five times the processor time for the same bytes. Read when XGBoost is loaded; sub-processes inherit it.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# An engine of tests lives for seconds or minutes on little data: its second compiler takes more processor time than it
# saves. Measured, from the start to the first table read: 15.7 s of processor time with it, 7.4 s without.
os.environ.setdefault("SPARK_SUBMIT_OPTS", "-XX:TieredStopAtLevel=1")

# A shell hands an ignored Ctrl-C down to what it starts in the background; tests send one.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """What the process does that is no worker of another: it reports, and owns what its workers have in common."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailuresNamed(config))
        if config.getoption("numprocesses", None):
            config.pluginmanager.register(EngineOfTheRun(config))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order in which workers take files."""
    longest_first(items, config.rootpath)


def pytest_collection_finish() -> None:
    """What is collected lives until the end, and the garbage collector need not visit it with each collection.

    Measured: 9 % of the processor time of the tests that run in a worker's own process.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineAddress]:
    """A server for the whole run: that of all its workers, or one of its own, ended with it."""
    if common := engine_of_the_run(request.config):
        yield common
        return
    address = start_test_engine(tmp_path_factory.mktemp("engine"))
    yield address
    stop_server(address.pid)


@pytest.fixture(scope="session")
def lasting_session(engine: EngineAddress) -> Iterator[SparkSession]:
    """A session on that server, one for the whole run."""
    session = SparkSession.builder.remote(engine.remote).getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def spark(lasting_session: SparkSession) -> SparkSession:
    """That session, the active one whatever sessions earlier tests have left: pyspark gives checkpoints to that one."""
    ConnectSession._active_session.session = lasting_session
    return lasting_session
