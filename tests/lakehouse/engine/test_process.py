"""Processes by id and beginning: none is signalled that is not ours."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lakehouse.engine.process import end_process, is_running, started_at
from tests.support.waiting import PATIENCE_S

_DEAF = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print("asked", flush=True))
print(flush=True)
while True:
    time.sleep(600)
"""
_POLITE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("ended as asked", flush=True)))
print(flush=True)
time.sleep(600)
"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """One that ends only by force."""
    with subprocess.Popen([sys.executable, "-c", _DEAF], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        yield child
        child.kill()


def test_a_process_that_ended_does_not_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    assert not is_running(process.pid)
    assert started_at(process.pid) == ""


def test_a_process_is_told_from_another_one_of_the_same_id(process: subprocess.Popen[bytes]) -> None:
    began = started_at(process.pid)

    assert is_running(process.pid, began)
    assert not is_running(process.pid, str(int(began) - 1))


def test_the_beginning_is_read_past_a_name_with_blanks_and_brackets() -> None:
    name = "import ctypes, time; ctypes.CDLL(None).prctl(15, b') R 1 (', 0, 0, 0); print(flush=True); time.sleep(600)"
    before = int(started_at(os.getpid()))
    with subprocess.Popen([sys.executable, "-c", name], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()

        began = int(started_at(child.pid))
        end_process(child.pid, str(began), grace_s=PATIENCE_S)

    assert began >= before


def test_another_process_of_the_same_id_is_not_signalled(process: subprocess.Popen[bytes]) -> None:
    end_process(process.pid, "1", grace_s=0.1)

    assert process.poll() is None


def test_one_that_listens_is_not_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _POLITE], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()

        end_process(child.pid, started_at(child.pid), grace_s=PATIENCE_S)

        assert child.stdout.readline() == "ended as asked\n"


def test_one_that_does_not_listen_to_reason_is_asked_and_then_killed(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None

    end_process(process.pid, started_at(process.pid), grace_s=0.5)

    assert process.stdout.readline() == b"asked\n"
    assert not is_running(process.pid)


def test_one_that_is_stopped_is_ended_too(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGSTOP)

    end_process(process.pid, started_at(process.pid), grace_s=0.2)

    assert not is_running(process.pid)
