"""Progress of long work: one line that rewrites itself at a terminal, plain log lines elsewhere.

The command opens the line, and whatever works below it says in one call what it does; without an open line that call
does nothing.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO, TypeVar

from lakehouse.log import WIPE, log

T = TypeVar("T")
# Source: a log of an hourly job stays readable with at most a few lines a minute.
PLAIN_EVERY_S = 10.0
_USUAL_COLUMNS = 80


@contextmanager
def progress(job: str, out: TextIO | None = None) -> Iterator[None]:
    """Within it `show` says what `job` does.

    At a terminal each call rewrites the line, and the line is wiped at the end. Elsewhere a new step is a log line, and
    counts within a step are logged at most every `PLAIN_EVERY_S` seconds. A job within another's step writes to the
    same line, behind that step.
    """
    line = _Line(job, sys.stderr if out is None else out, _OPEN.get())
    token = _OPEN.set(line)
    try:
        yield
    finally:
        _OPEN.reset(token)
        line.end()


def show(step: str, done: int | None = None, total: int | None = None) -> None:
    """Show what is being done now, with how many of how many where that is known."""
    line = _OPEN.get()
    if line is not None:
        line.show(step, done, total)


def each(things: Sequence[T], text_of: Callable[[T], str] = str) -> Iterator[T]:
    """The things in order; before each is handed out, its text is shown, and which of how many it is."""
    for number, thing in enumerate(things, 1):
        show(text_of(thing), number, len(things))
        yield thing


class _Line:
    """What one job does now, and within which step of another."""

    def __init__(self, job: str, out: TextIO, outer: "_Line | None") -> None:
        self._job, self._out, self._outer = job, out, outer
        self._began: float = time.monotonic() if outer is None else outer._began
        self._shown = self._step = ""
        self._logged_at = 0.0

    def show(self, step: str, done: int | None, total: int | None) -> None:
        self._shown = _text(step, done, total)
        if self._out.isatty():
            self._rewrite()
            return
        now = time.monotonic()
        if step != self._step or now - self._logged_at >= PLAIN_EVERY_S:
            log().info("%s: %s", self._job, self._shown)
            self._step, self._logged_at = step, now

    def end(self) -> None:
        """Leave no trace at a terminal; a line within another's is left to the other."""
        if self._outer is None and self._shown and self._out.isatty():
            self._out.write(WIPE)
            self._out.flush()

    def _rewrite(self) -> None:
        seconds = f" ({time.monotonic() - self._began:.0f} s)"
        # A line that fills the last column is wrapped, and what is wrapped cannot be rewritten.
        width = _columns(self._out) - len(seconds) - 1
        self._out.write(WIPE + self._path()[: max(0, width)] + seconds)
        self._out.flush()

    def _path(self) -> str:
        return f"{self._outer._path()} > {self._shown}" if self._outer else f"{self._job}: {self._shown}"


_OPEN: ContextVar[_Line | None] = ContextVar("progress", default=None)


def _text(step: str, done: int | None, total: int | None) -> str:
    if done is None:
        return step
    return f"{step}: {done:,}" if total is None else f"{step}, {done:,} of {total:,}"


def _columns(out: TextIO) -> int:
    try:
        return os.get_terminal_size(out.fileno()).columns or _USUAL_COLUMNS
    except OSError:
        return _USUAL_COLUMNS
