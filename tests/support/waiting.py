"""Waiting for what another process or thread does: the one place where tests look at a stopwatch or sleep.

A bound here says that a test hangs, never that something is too slow: it is far above what a busy machine needs.
"""

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 600.0
# Seconds between two questions: soon at first, then rarely, for each may cost a server or a process its time.
_FIRST_S, _LAST_S, _GROWTH = 0.02, 0.3, 1.3
Answer = TypeVar("Answer")


def wait_for(ask: Callable[[], Answer | None], what: str, seen: Callable[[], object] = str) -> Answer:
    """The first answer that is true.

    Args:
        ask: Asked again and again.
        what: What is waited for, for the failure's message.
        seen: What there is to see when the wait is given up, for the same.

    Raises:
        AssertionError: None came.
    """
    deadline, pause_s = time.monotonic() + PATIENCE_S, _FIRST_S
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what}; seen: {seen()!r}")
        time.sleep(pause_s)
        pause_s = min(_LAST_S, _GROWTH * pause_s)
    return answer


def output(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process writes until it ends; one that hangs is killed, and the test fails with what it wrote.

    Raises:
        AssertionError: It did not end.
    """
    try:
        return process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired as exc:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"{process.args!r} did not end within {PATIENCE_S:.0f} s; it wrote: {out}\n{err}") from exc
