"""Runs a verb of a local storage again and again, each time killed at another of its system calls, before or after it.

``python -m tests.support.killed_at_call FOLDER VERB``: prints, as JSON, for each kill what the key held afterwards and
which names were listed. The last entry is of a run that was left to end. Source: Linux, ptrace(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lakehouse.storage.key import Key
from lakehouse.storage.places import storage_at

KEY = Key("folder/below/key")
OLD, NEW = b"old", b"new bytes" * 10_000
_TRACE_ME, _NEXT_CALL = 0, 24


def main() -> int:
    folder, verb = Path(sys.argv[1]), sys.argv[2]
    found, number, ended = [], 0, False
    while not ended:
        number += 1
        place = folder / str(number)
        storage = storage_at(place)
        if verb == "put":
            storage.put(KEY, OLD)
        ended = _killed_at(number, partial(getattr(storage, verb), KEY, NEW))
        held = storage.read(KEY).decode() if storage.entry(KEY) else None
        listed = [entry.key for entry in storage.entries()] if place.exists() else []
        storage.put(KEY, NEW)  # the next writer is not hindered
        storage.sweep(KEY.parent)
        left = [path.name for path in place.rglob("*") if path.is_file()]
        found.append({"held": held, "listed": listed, "left": left})
        shutil.rmtree(place)
    sys.stdout.write(json.dumps(found))
    return 0


def _killed_at(number: int, act: Callable[[], None]) -> bool:
    """Run it in a process that is killed at that stop, two for each system call; whether it ended before."""
    trace = ctypes.CDLL(None, use_errno=True).ptrace
    trace.argtypes, trace.restype = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p], ctypes.c_long
    child = os.fork()
    if child == 0:
        if trace(_TRACE_ME, 0, None, None):
            os._exit(3)
        os.kill(os.getpid(), signal.SIGSTOP)
        act()
        os._exit(0)
    os.waitpid(child, 0)
    for _ in range(number):
        trace(_NEXT_CALL, child, None, None)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            return True
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


if __name__ == "__main__":
    sys.exit(main())
