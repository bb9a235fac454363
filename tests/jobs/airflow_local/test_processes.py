"""Processes that outlive the one that started them."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.airflow_local import processes
from tests.support.waiting import PATIENCE_S, wait_for

# Enough for what listens, however busy the machine; what does not listen is given less.
GRACE_S, SHORT_S = PATIENCE_S, 2.0
Launch = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launch]:
    """Launches shell lines as process `part`, and waits for their first line."""

    def launch(lines: str) -> subprocess.Popen[bytes]:
        process = processes.launch("part", ["sh", "-c", lines], home=tmp_path, environment=dict(os.environ))
        wait_for(lambda: process.poll() is not None or processes.tail(tmp_path, "part"), "its first line")
        return process

    yield launch
    processes.end(tmp_path, "part", grace_s=SHORT_S)


def test_a_process_is_known_by_its_file_until_it_ends(tmp_path: Path, launched: Launch) -> None:
    process = launched("echo ready; exec sleep 3600")

    found = processes.running(tmp_path, "part")
    assert found is not None
    assert found.number == process.pid

    processes.end(tmp_path, "part", grace_s=GRACE_S)

    assert processes.running(tmp_path, "part") is None
    assert process.wait(PATIENCE_S) == -signal.SIGTERM


def test_ending_is_safe_to_repeat(tmp_path: Path, launched: Launch) -> None:
    launched("echo ready; exec sleep 3600")

    processes.end(tmp_path, "part", grace_s=GRACE_S)
    processes.end(tmp_path, "part", grace_s=GRACE_S)

    assert processes.running(tmp_path, "part") is None


def test_a_descendant_in_a_session_of_its_own_ends_too(tmp_path: Path, launched: Launch) -> None:
    launched("setsid sleep 3600 & echo $!; wait")
    pid = int(processes.tail(tmp_path, "part"))
    parent = processes.running(tmp_path, "part")
    assert parent is not None
    (found,) = [member for member in processes.descendants(parent) if member.number == pid]

    processes.end(tmp_path, "part", grace_s=SHORT_S)

    assert not found.alive()


@pytest.mark.parametrize("is_reaped", [True, False])
def test_what_a_killed_process_leaves_behind_ends_too(tmp_path: Path, launched: Launch, *, is_reaped: bool) -> None:
    process = launched("sleep 3600 & echo $!; wait")
    orphan = int(processes.tail(tmp_path, "part"))
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    if is_reaped:
        process.wait()
    (found,) = processes.left_behind(tmp_path, "part")
    assert found.number == orphan

    processes.end(tmp_path, "part", grace_s=GRACE_S)

    assert not found.alive()
    assert processes.left_behind(tmp_path, "part") == []


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, launched: Launch) -> None:
    process = launched("trap '' TERM; echo ready; while :; do sleep 0.1; done")

    processes.end(tmp_path, "part", grace_s=SHORT_S)

    assert process.wait(PATIENCE_S) == -signal.SIGKILL


def test_a_later_process_with_the_same_number_is_left_alone(tmp_path: Path, launched: Launch) -> None:
    process = launched("echo ready; exec sleep 3600")
    path = tmp_path / "run" / "part.pid"
    true = path.read_text(encoding="ascii")
    path.write_text(json.dumps({"number": process.pid, "started": 1}), encoding="ascii")

    processes.end(tmp_path, "part", grace_s=GRACE_S)

    assert process.poll() is None
    path.write_text(true, encoding="ascii")


@pytest.mark.parametrize("text", ["", "12", "{}", '{"number": "x"'])
def test_a_pid_file_that_says_nothing_means_nothing_runs(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run" / "part.pid"
    path.parent.mkdir()
    path.write_text(text, encoding="ascii")

    assert processes.running(tmp_path, "part") is None


def test_the_tail_is_the_end_of_the_log(tmp_path: Path, launched: Launch) -> None:
    launched("seq 100").wait()

    assert processes.tail(tmp_path, "part").splitlines() == [str(number) for number in range(71, 101)]
    assert processes.tail(tmp_path, "never_started") == ""
