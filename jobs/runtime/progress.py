"""Progress of long work: one line that rewrites itself at a terminal, plain log lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from jobs.runtime.log import log

_CLEAR = "\r\x1b[K"
# Source: a log of an hourly job stays readable with at most a few lines a minute.
PLAIN_EVERY_S = 10.0


class Show(Protocol):
    """Says what is being done now."""

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        """Show a step, with how many of how many where that is known."""


@contextmanager
def progress(job: str, out: TextIO | None = None) -> Iterator[Show]:
    """A function that shows the current step of `job`.

    At a terminal each call rewrites the line, and the line is wiped at the end. Elsewhere a new step is a log line, and
    counts within a step are logged at most every `PLAIN_EVERY_S` seconds.
    """
    stream = sys.stderr if out is None else out
    if stream.isatty():
        yield _Terminal(job, stream)
        stream.write(_CLEAR)
        stream.flush()
    else:
        yield _Plain(job)


def _text(job: str, step: str, done: int | None, total: int | None) -> str:
    if done is None:
        return f"{job}: {step}"
    return f"{job}: {step} {done:,}" + ("" if total is None else f" of {total:,}")


class _Terminal:
    def __init__(self, job: str, out: TextIO) -> None:
        self._job, self._out, self._began = job, out, time.monotonic()

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        seconds = time.monotonic() - self._began
        self._out.write(f"{_CLEAR}{_text(self._job, step, done, total)} ({seconds:.0f} s)")
        self._out.flush()


class _Plain:
    def __init__(self, job: str) -> None:
        self._job, self._step, self._last = job, "", 0.0

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        now = time.monotonic()
        if step != self._step or now - self._last >= PLAIN_EVERY_S:
            log().info(_text(self._job, step, done, total))
            self._step, self._last = step, now
