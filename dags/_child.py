"""One command as a child process in its own session: its lines to a log, its report, an end that reaches all of it.

Whoever is killed, no command goes on alone: it is asked to end where this process dies (Linux), and where the process
that looks after it does, for then Airflow has given the task up and starts another try. The child writes to files,
not to pipes: a command may leave a process behind that holds its output open (the engine), and a reader of a pipe would
wait for that process for ever.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

POLL_S = 0.2
# Airflow kills its task runner 5 s after asking it to end (`WatchedSubprocess.kill`, escalation_delay=5.0): be sooner.
GRACE_S = 4.0
# prctl(2): the signal that a process gets when the thread that started it ends.
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended.

    Attributes:
        code: Exit code; negative when a signal ended it.
        report: The JSON object in the last line of standard output, empty when there is none.
        last_line: The last line of standard error that is not blank, empty when there is none.
    """

    code: int
    report: dict[str, Any]
    last_line: str


class Child:
    """A command that can be run once and, from a signal handler, be ended."""

    def __init__(self, argv: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> None:
        self._argv = list(argv)
        self._cwd = cwd
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._asked_to_end_at: float | None = None
        self._parent = os.getppid()

    def run(self, log: Callable[[str], None]) -> Finished:
        """Runs the command to its end and hands each line of its standard error to ``log`` as it comes."""
        with TemporaryFile() as out, TemporaryFile() as err:
            self._process = subprocess.Popen(
                self._argv,
                cwd=self._cwd,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one call of the C library, no lock
            )
            lines = _Lines(err, log)
            try:
                self._follow(self._process, lines)
            finally:
                # An execution timeout leaves the loop by an exception: the command must not outlive its task.
                if self._process.poll() is None:
                    self.end()
                    self._follow(self._process, lines)
            lines.take_rest()
            return Finished(self._process.returncode, _report(out), lines.last)

    def end(self) -> None:
        """Asks the command and all it started to end; what has not ended after ``GRACE_S`` seconds is killed."""
        if self._asked_to_end_at is None:
            self._asked_to_end_at = time.monotonic()
            self._signal(signal.SIGTERM)

    def _follow(self, process: subprocess.Popen[bytes], lines: _Lines) -> None:
        while process.poll() is None:
            lines.take()
            if os.getppid() != self._parent:
                self.end()
            if self._asked_to_end_at is not None and time.monotonic() - self._asked_to_end_at > GRACE_S:
                self._signal(signal.SIGKILL)
            time.sleep(POLL_S)
        if self._asked_to_end_at is not None:
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def _end_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class _Lines:
    """The lines of a growing file, each handed on once."""

    def __init__(self, file: BinaryIO, log: Callable[[str], None]) -> None:
        self._file = file
        self._log = log
        self._offset = 0
        self._part = b""
        self.last = ""

    def take(self) -> None:
        # pread leaves alone the file position, which is the child's own.
        while block := os.pread(self._file.fileno(), 1 << 16, self._offset):
            self._offset += len(block)
            *whole, self._part = (self._part + block).split(b"\n")
            for line in whole:
                self._hand_on(line)

    def take_rest(self) -> None:
        self.take()
        self._hand_on(self._part)
        self._part = b""

    def _hand_on(self, line: bytes) -> None:
        if text := line.decode("utf-8", errors="replace").rstrip():
            self.last = text
            self._log(text)


def _report(out: BinaryIO) -> dict[str, Any]:
    out.seek(0)
    lines = out.read().decode("utf-8", errors="replace").strip().splitlines()
    with suppress(ValueError):
        report = json.loads(lines[-1]) if lines else {}
        return report if isinstance(report, dict) else {}
    return {}
