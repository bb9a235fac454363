"""A first run in a process of its own: what would crash or hang this process crashes or hangs that one.

A signed library can still be one that this processor cannot run: an instruction that it does not know ends a process
at once, and Python cannot catch that. A forked process costs some milliseconds, once a start.
"""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import time
from contextlib import suppress
from typing import Callable

TIMEOUT_S = 10.0
"""A library and its golden rows take milliseconds; a slow device that starts a busy day may need seconds."""

_POLL_S = 0.002


def crash_of(action: Callable[[], object], timeout_s: float = TIMEOUT_S) -> str | None:
    """How a process ends that does `action`; None where it ends by itself.

    An exception is no crash: this process will meet it too, and say it.

    Args:
        action: What to try; nothing that it changes is seen here.
        timeout_s: How long it may take, seconds.
    """
    try:
        child = os.fork()
    except OSError as exc:
        return f"no process to try it in: {exc.strerror}"
    if child == 0:
        _try(action)
    deadline = time.monotonic() + timeout_s
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return _words(status)
        if time.monotonic() >= deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return f"it did not end within {timeout_s:g} s"
        time.sleep(_POLL_S)


def _try(action: Callable[[], object]) -> None:
    """In the child: never returns."""
    try:
        with suppress(Exception):
            faulthandler.disable()  # a crash here is expected, and reported by whoever waits
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            action()
    finally:
        os._exit(0)


def _words(status: int) -> str | None:
    if not os.WIFSIGNALED(status):
        return None if os.WEXITSTATUS(status) == 0 else f"it ended with code {os.WEXITSTATUS(status)}"
    number = os.WTERMSIG(status)
    try:
        return f"it ended by {signal.Signals(number).name}"
    except ValueError:
        return f"it ended by signal {number}"
