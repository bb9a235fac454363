"""What a client does where the server is gone, hangs, or does not come to an end."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jobs.runtime.session import open_session
from jobs.runtime.settings import Settings
from lakehouse.engine.client import connect, is_gone, local_port, lost_connection, operation_ended
from lakehouse.engine.errors import EngineError
from lakehouse.engine.process import is_running, started_at
from lakehouse.engine.server import EngineAddress, start_server, stop_server
from tests.support.waiting import PATIENCE_S, wait_for

_ENDLESS = "SELECT count(*) FROM range(10000000000000) WHERE id % 7 = id % 11"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[EngineAddress]:
    """A server that may be killed."""
    address = start_server(tmp_path / "own", memory="1g", cores=1, outlives_us=False)
    yield address
    stop_server(address.pid)


def _use(remote: str, root: Path, *, strikes: int | None = None) -> None:
    """Query a server in a session; where `strikes` names its process, kill it under the query."""
    with open_session(Settings(lake=root / "lake", state=root / "state", engine=remote)) as spark:
        spark.range(3).count()
        if strikes is not None:
            _once_it_computes(spark, lambda: os.kill(strikes, signal.SIGKILL))
            spark.sql(_ENDLESS).collect()


def _once_it_computes(spark: SparkSession, act: Callable[[], object]) -> None:
    """Act the first time that the server says that tasks of a query run."""
    acted = threading.Event()

    def note(**progress: Any) -> None:
        if progress["inflight_tasks"] and not acted.is_set():
            acted.set()
            act()

    spark.registerProgressHandler(note)


@pytest.mark.parametrize(
    ("remote", "port"),
    [("sc://localhost:15002/;token=x", 15002), ("sc://localhost:15002", 15002), ("sc://spark.plant:15002", None)],
    ids=["with token", "without", "elsewhere"],
)
def test_a_server_of_this_machine_is_known_by_its_url(remote: str, port: int | None) -> None:
    assert local_port(remote) == port


@pytest.mark.filterwarnings("ignore:.RETRIES_EXCEEDED")
@pytest.mark.parametrize("host", ["localhost", "127.0.0.2"], ids=["this machine", "another"])
def test_a_server_that_is_not_there_is_named_without_its_token(tmp_path: Path, host: str) -> None:
    with socket.socket() as taken:
        taken.bind((host, 0))
        port = taken.getsockname()[1]

        with pytest.raises(EngineError, match=f"no Spark Connect server answers at sc://{host}:{port}: ") as told:
            _use(f"sc://{host}:{port}/;token=secret;use_ssl=false", tmp_path)

    assert "secret" not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.spark
def test_an_engine_that_is_killed_under_a_query_is_told_in_one_sentence(tmp_path: Path, own: EngineAddress) -> None:
    began = started_at(own.pid)

    with pytest.raises(EngineError, match=r"the engine at sc://localhost:\d+ ended or stopped answering") as told:
        _use(own.remote, tmp_path, strikes=own.pid)

    wait_for(lambda: not is_running(own.pid, began), "the end of an engine that was killed")
    assert own.token not in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.RETRIES_EXCEEDED")
def test_an_engine_that_hangs_is_given_up(own: EngineAddress) -> None:
    spark = connect(own.remote, str(uuid.uuid4()), silence_s=5.0)
    spark.range(3).count()
    _once_it_computes(spark, lambda: os.kill(own.pid, signal.SIGSTOP))

    with pytest.raises(PySparkException) as error:
        spark.sql(_ENDLESS).collect()
    os.kill(own.pid, signal.SIGCONT)
    spark.stop()

    assert is_gone(error.value)
    assert lost_connection(error.value)


@pytest.mark.spark
def test_the_wait_for_an_operation_that_does_not_end_has_an_end(engine: EngineAddress) -> None:
    spark = connect(engine.remote, str(uuid.uuid4()))
    seen: queue.Queue[str] = queue.Queue()

    def note(**progress: Any) -> None:
        if progress["inflight_tasks"]:
            seen.put(progress["operation_id"])

    spark.registerProgressHandler(note)
    with ThreadPoolExecutor() as pool:
        query = pool.submit(spark.sql(_ENDLESS).collect)
        try:
            operation = seen.get(timeout=PATIENCE_S)
            with pytest.raises(EngineError, match=r"has not ended within 2 s .*`assay engine stop`"):
                operation_ended(spark, operation, within_s=2.0)
        finally:
            spark.interruptAll()
        operation_ended(spark, operation, within_s=PATIENCE_S)

        assert query.exception(timeout=PATIENCE_S) is not None
    spark.stop()


_FORKS = """
import subprocess, sys
from lakehouse.engine.client import connect
connect(sys.argv[1], sys.argv[2]).range(3).count()
for _ in range(60):
    subprocess.run(["/bin/true"], preexec_fn=lambda: None, check=True)
"""


@pytest.mark.spark
def test_grpc_leaves_a_process_that_starts_programs_alone(engine: EngineAddress) -> None:
    command = [sys.executable, "-c", _FORKS, engine.remote, str(uuid.uuid4())]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stderr

    assert "fork" not in told
