"""Processes that outlive the one that started them: pid files, and an end that reaches all that descends from them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lakehouse.engine.process import is_alive, started_at

POLL_S = 0.1
TAIL_LINES = 30
LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Pid:
    """A process, distinguished from a later one with the same number by the clock tick it was started at."""

    number: int
    started: int

    def alive(self) -> bool:
        """Whether it runs; a zombie does not."""
        return is_alive(self.number, str(self.started))

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal, unless it has ended."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.number, number)


def launch(name: str, argv: Sequence[str], *, home: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A process in a session of its own, its output in `logs/<name>.log`, its number in `run/<name>.pid`."""
    log = log_file(home, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    with log.open("ab") as out:  # appending, so that `bound_log` may cut it while the process writes
        process = subprocess.Popen(
            list(argv), env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    path = _pid_file(home, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(_pid(process.pid))), encoding="ascii")
    return process


def running(home: Path, name: str) -> Pid | None:
    """The living process of a pid file, if there is one."""
    pid = _noted(home, name)
    return pid if pid is not None and pid.alive() else None


def left_behind(home: Path, name: str) -> list[Pid]:
    """What a process of a pid file, killed itself, has left running: the members of its session.

    While one of them lives, the system gives its number to no other process (pid_namespaces(7), setsid(2)). A killed
    process whose parent has not asked for its exit code yet still has its number.
    """
    import psutil

    pid = _noted(home, name)
    if pid is None or pid.alive() or started_at(pid.number) not in ("", str(pid.started)):
        return []
    members = [_pid(number) for number in psutil.pids() if _session(number) == pid.number]
    return [member for member in members if member.alive()]


def end(home: Path, *names: str, grace_s: float) -> None:
    """Ends the processes of these pid files and all that descends from them: asked, then killed. Safe to repeat.

    The descendants are asked halfway through the grace: a scheduler waits for its tasks, and a job may take hours.
    """
    roots = [pid for name in names if (pid := running(home, name)) is not None]
    roots += [pid for name in names for pid in left_behind(home, name)]
    family = _with_descendants(roots)
    for root in roots:
        root.signal(signal.SIGTERM)
    _wait(family, grace_s / 2)
    family = list(dict.fromkeys([*family, *_with_descendants(roots)]))
    for member in family:
        member.signal(signal.SIGTERM)
    _wait(family, grace_s / 2)
    for member in family:
        member.signal(signal.SIGKILL)
    _wait(family, grace_s)
    for name in names:
        _pid_file(home, name).unlink(missing_ok=True)


def descendants(pid: Pid) -> list[Pid]:
    """Every process that descends from ``pid``, whatever its session; a parent comes before its children."""
    import psutil

    try:
        return [_pid(child.pid) for child in psutil.Process(pid.number).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def log_file(home: Path, name: str) -> Path:
    """The file with the output of a process."""
    return home / LOGS / f"{name}.log"


def tail(home: Path, name: str) -> str:
    """The last lines that a process wrote."""
    with suppress(OSError):
        text = log_file(home, name).read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-TAIL_LINES:])
    return ""


def _noted(home: Path, name: str) -> Pid | None:
    try:
        return Pid(**json.loads(_pid_file(home, name).read_text(encoding="ascii")))
    except (OSError, ValueError, TypeError):
        return None


def _pid(number: int) -> Pid:
    return Pid(number, int(started_at(number) or 0))


def _session(number: int) -> int | None:
    with suppress(ProcessLookupError):
        return os.getsid(number)
    return None


def _with_descendants(roots: Sequence[Pid]) -> list[Pid]:
    return [member for root in roots for member in (root, *descendants(root))]


def _wait(family: Sequence[Pid], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(member.alive() for member in family) and time.monotonic() < deadline:
        time.sleep(POLL_S)


def _pid_file(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.pid"
