"""A process by its id and its beginning: the id alone may by now be another's.

The beginning is the kernel's own count of ticks since boot. It is written into files and compared by later processes,
so it may not depend on the wall clock, as `psutil.Process.create_time` does.
"""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from lakehouse.engine.errors import EngineError


def started_at(pid: int) -> str:
    """When the process of that id began, in the kernel's ticks (field 22 of its `stat`); empty where there is none."""
    fields = _stat(pid)
    return fields[19] if fields else ""


def is_running(pid: int, began: str = "") -> bool:
    """Whether a process of that id runs, and is the one that began then where that is given.

    A child of ours that has ended is reaped and does not count.
    """
    with suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    return is_alive(pid, began)


def is_alive(pid: int, began: str = "") -> bool:
    """The same of a process whose end somebody else waits for: it is not reaped, and a zombie does not count."""
    fields = _stat(pid)
    return bool(fields) and fields[0] != "Z" and began in ("", fields[19])


def end_process(pid: int, began: str, grace_s: float) -> None:
    """End that process: politely, and after the grace for good. Another one of the same id is left alone.

    Raises:
        EngineError: It lives on, though it was killed.
    """
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not is_running(pid, began):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
        if _ended(pid, began, grace_s):
            return
    raise EngineError(f"process {pid} was killed and has not ended within {grace_s:.0f} s; see `ps -p {pid}`")


def _ended(pid: int, began: str, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while is_running(pid, began):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _stat(pid: int) -> list[str]:
    """The fields of a process's `stat` from the third one on; the name before may hold blanks and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
