"""A command as a child: real processes of the shell."""

import inspect
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from _child import GRACE_S, POLL_S, Child, Finished

from tests.support.waiting import PATIENCE_S, wait_for

DAGS = Path(__file__).resolve().parents[2] / "dags"


def run(script: str, log: Callable[[str], None] | None = None) -> tuple[Finished, list[str]]:
    lines: list[str] = []
    child = Child(["sh", "-c", script], cwd=Path.cwd(), environment=dict(os.environ))
    finished = child.run(log or lines.append)
    return finished, lines


def end_when_ready(script: str, ready: Path) -> Finished:
    """Runs the script and ends it from another thread once the file is there."""
    child = Child(["sh", "-c", script], cwd=Path.cwd(), environment=dict(os.environ))

    def watch() -> None:
        wait_for(ready.exists, f"{ready.name}, which the script makes")
        child.end()

    watcher = threading.Thread(target=watch)
    watcher.start()
    finished = child.run(lambda _line: None)
    watcher.join()
    return finished


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_lines_of_standard_error_come_in_order_and_the_last_is_kept() -> None:
    finished, lines = run("echo one >&2; echo >&2; echo two >&2; printf three >&2; exit 4")

    assert finished.code == 4
    assert lines == ["one", "two", "three"]
    assert finished.last_line == "three"


def test_a_line_is_handed_on_while_the_command_still_runs(tmp_path: Path) -> None:
    heard = tmp_path / "heard"

    def note(_line: str) -> None:
        heard.touch()

    finished, _ = run(
        f"echo go >&2; until [ -e {heard} ]; do sleep 0.05; done",
        log=note,
    )

    assert finished.code == 0


def test_the_last_line_of_standard_output_is_the_report() -> None:
    finished, _ = run("""echo noise; echo '{"changed": false, "rows": 3}'""")

    assert finished.report == {"changed": False, "rows": 3}


def test_output_that_is_no_object_is_no_report() -> None:
    for output in ("", "[1]", "not json", "3"):
        finished, _ = run(f"printf '%s' '{output}'")

        assert finished.report == {}


def test_bytes_that_are_no_text_do_not_stop_the_log() -> None:
    _, lines = run(r"printf '\377bad\n' >&2")

    assert lines == ["\ufffdbad"]


def test_a_process_left_behind_that_holds_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    finished, _ = run(f"setsid sleep 3600 & echo $! > {tmp_path / 'pid'}; exit 0")

    left_behind = int((tmp_path / "pid").read_text(encoding="ascii"))
    assert finished.code == 0
    assert is_alive(left_behind)
    os.kill(left_behind, 9)


def test_ending_a_command_ends_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("_child.GRACE_S", PATIENCE_S)  # however busy the machine, it ends as it was asked to
    pid = tmp_path / "pid"

    finished = end_when_ready(f"sleep 3600 & echo $! > {pid}.part; mv {pid}.part {pid}; wait", pid)

    assert finished.code == -15
    assert not is_alive(int(pid.read_text(encoding="ascii")))


def test_a_command_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"

    finished = end_when_ready(f"trap '' TERM; touch {ready}; while :; do sleep 0.1; done", ready)

    assert finished.code == -9


def test_a_command_is_killed_before_airflow_would_kill_the_task() -> None:
    """Airflow does so 5 s after it asked (`WatchedSubprocess.kill`, its default)."""
    supervisor = pytest.importorskip("airflow.sdk.execution_time.supervisor")
    asked = inspect.signature(supervisor.WatchedSubprocess.kill).parameters["escalation_delay"]

    assert asked.default > GRACE_S + POLL_S


KILLED_PARENT = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from _child import Child
script = f"echo $$ > {sys.argv[2]}.part; mv {sys.argv[2]}.part {sys.argv[2]}; sleep 3600 & wait"
Child(["sh", "-c", script], cwd=Path.cwd(), environment=dict(os.environ)).run(lambda line: None)
"""


@pytest.mark.parametrize("victim", ["the task", "its watcher"])
def test_a_command_does_not_outlive_a_task_or_a_watcher_that_is_killed(tmp_path: Path, victim: str) -> None:
    """A watcher (Airflow's supervisor) starts the task, the task starts the command."""
    pid, task = tmp_path / "pid", tmp_path / "task"
    begin = [sys.executable, "-c", KILLED_PARENT, str(DAGS), str(pid)]
    watcher = subprocess.Popen(["sh", "-c", f'"$@" & echo $! > {task}; wait', "sh", *begin])
    try:
        wait_for(pid.exists, "the command")
        command = int(pid.read_text(encoding="ascii"))

        os.kill(watcher.pid if victim == "its watcher" else int(task.read_text(encoding="ascii")), 9)

        wait_for(lambda: not is_alive(command), "the end of the command")
    finally:
        watcher.kill()
        watcher.wait()


def test_an_exception_in_the_task_ends_the_command(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def interrupted(_line: str) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        run(f"echo $$ > {pid}; echo go >&2; sleep 3600", log=interrupted)

    assert not is_alive(int(pid.read_text(encoding="ascii")))
