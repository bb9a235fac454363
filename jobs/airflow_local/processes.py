"""Processes that outlive the one that started them: pid files, and an end that reaches all that descends from them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PROC = Path("/proc")
POLL_S = 0.1
TAIL_LINES = 30
LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Pid:
    """A process, told from a later one with the same number by the clock tick it was started at."""

    number: int
    started: int

    def alive(self) -> bool:
        """Whether it runs; a zombie does not."""
        return _started(self.number) == self.started

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
    path.write_text(json.dumps(asdict(Pid(process.pid, _started(process.pid) or 0))), encoding="ascii")
    return process


def running(home: Path, name: str) -> Pid | None:
    """The living process of a pid file, if there is one."""
    pid = _noted(home, name)
    return pid if pid is not None and pid.alive() else None


def left_behind(home: Path, name: str) -> list[Pid]:
    """What a process of a pid file, killed itself, has left running: the members of its session.

    While one of them lives, the system gives its number to no other process (pid_namespaces(7), setsid(2)).
    """
    pid = _noted(home, name)
    if pid is None or _stat(pid.number) is not None:
        return []
    return [member for member, stat in _everyone() if int(stat[3]) == pid.number and stat[0] != "Z"]


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
    """Every living process that descends from ``pid``, whatever its session, the nearest first."""
    children: dict[int, list[Pid]] = {}
    for child, stat in _everyone():
        children.setdefault(int(stat[1]), []).append(child)
    found: list[Pid] = []
    level = [pid]
    while level:
        level = [child for parent in level for child in children.get(parent.number, [])]
        found += level
    return found


def log_file(home: Path, name: str) -> Path:
    """Where the output of a process stands."""
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


def _everyone() -> Iterator[tuple[Pid, list[str]]]:
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            yield Pid(int(entry.name), int(stat[19])), stat


def _with_descendants(roots: Sequence[Pid]) -> list[Pid]:
    return [member for root in roots for member in (root, *descendants(root))]


def _wait(family: Sequence[Pid], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(member.alive() for member in family) and time.monotonic() < deadline:
        time.sleep(POLL_S)


def _started(number: int) -> int | None:
    stat = _stat(number)
    return int(stat[19]) if stat and stat[0] != "Z" else None


def _stat(number: int) -> list[str] | None:
    """Fields 3 and on of `/proc/<pid>/stat`: state, parent, group, session, ..., 20th of them the start (proc(5))."""
    with suppress(OSError):
        # The second field, the name in parentheses, may itself hold spaces and parentheses.
        return (PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return None


def _pid_file(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.pid"
