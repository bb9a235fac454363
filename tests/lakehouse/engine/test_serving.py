"""`assay engine serve`: the engine in the foreground, as a service manager wants it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakehouse.engine import warm
from lakehouse.engine.process import is_running
from tests.support.waiting import PATIENCE_S, output, wait_for

pytestmark = pytest.mark.spark
REPO = Path(__file__).parents[3]


class Manager:
    """What a service manager does: it listens for messages, starts, and asks to end."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.settimeout(PATIENCE_S)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jobs.cli", "engine", "serve", "--state", str(self.state), "--engine-memory", "1g",
             "--cores", "1"],
            cwd=REPO, env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify")}, text=True, stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )  # fmt: skip

    def message(self) -> str:
        return self._socket.recv(100).decode()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        self._socket.close()
        warm.stop(self.state)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    started = Manager(tmp_path)
    yield started
    started.close()


def test_it_is_ready_once_the_engine_listens_and_ends_with_it_when_asked(manager: Manager) -> None:
    assert manager.message() == "READY=1"
    engine = warm.warm_engine(manager.state)
    assert engine is not None

    manager.process.terminate()
    _, told = output(manager.process)

    assert manager.message() == "STOPPING=1"
    assert (manager.process.returncode, is_running(engine.pid)) == (143, False), told
    assert warm.warm_engine(manager.state) is None
    assert "Traceback" not in told


def test_an_engine_that_ends_by_itself_is_a_failure_that_names_its_log(manager: Manager) -> None:
    manager.message()
    engine = warm.warm_engine(manager.state)
    assert engine is not None

    os.kill(engine.pid, signal.SIGKILL)
    _, told = output(manager.process)

    assert manager.process.returncode == 1
    assert f"the engine ended by itself; the end of {manager.state}/engine/engine.log may say why" in told


def test_one_that_a_person_stops_is_no_failure_and_its_next_start_finds_nothing_left(manager: Manager) -> None:
    manager.message()

    assert warm.stop(manager.state)
    answer, told = output(manager.process)

    assert (manager.process.returncode, answer) == (0, "engine: stopped\n"), told
    wait_for(lambda: warm.warm_engine(manager.state) is None, "the end of the engine")
