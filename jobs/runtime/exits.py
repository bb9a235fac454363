"""Exit codes, and the one place where an error becomes a sentence and a code."""

import errno
import signal
from dataclasses import dataclass
from enum import IntEnum
from types import FrameType

from expectations.errors import ContractError
from lakehouse.errors import GateRefused, JobError, UsageError


class ExitCode(IntEnum):
    """What a process answers. Above 128: ended by a signal, as shells count it."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 3
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


def exit_code(error: BaseException) -> ExitCode:
    """The exit code of an error."""
    if isinstance(error, GateRefused):
        return ExitCode.REFUSED
    if isinstance(error, (UsageError, ContractError)) or is_forbidden(error):
        return ExitCode.USAGE
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return ExitCode.PIPE_CLOSED
    return ExitCode.UNEXPECTED


def sentence(error: BaseException) -> str:
    """What a person reads about an error: one sentence, without a traceback."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; run the same command again to go on"
    if is_disk_full(error):
        return "the disk is full; free some space and run the same command again, it goes on where this run ended"
    if isinstance(error, OSError) and is_forbidden(error):
        place = f"{_place(error)}: {error.strerror}"
        return f"{place}; correct its permissions, or run as its owner, then run the same command again"
    if exit_code(error) is ExitCode.UNEXPECTED and not isinstance(error, JobError):
        return f"{type(error).__name__}: {_first_line(error)} (--verbose shows where)"
    return str(error)


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it was raised from, says that no space is left.

    Errors of the engine cross a socket and arrive as text, so the text of the system's message counts too.
    """
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if "No space left on device" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def is_forbidden(error: BaseException) -> bool:
    """Whether the system denies us a file or folder: no try helps before a person has corrected its rights."""
    return isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(slots=True)
class EndedBy:
    """Which signal asked the process to end; None as long as none did."""

    number: signal.Signals | None = None

    def meant(self, error: BaseException) -> BaseException:
        """The error that ends the process: that of the signal, where one came.

        A library that is called back while a signal arrives makes an error of its own of it.
        """
        if self.number is signal.SIGTERM:
            return SystemExit(int(ExitCode.TERMINATED))
        return KeyboardInterrupt() if self.number is signal.SIGINT else error


def end_cleanly_on_signals() -> EndedBy:
    """Let Ctrl-C and SIGTERM unwind the stack, so that locks, leases and child processes are given back."""
    ended = EndedBy()

    def unwind(number: int, _frame: FrameType | None) -> None:
        ended.number = signal.Signals(number)
        raise ended.meant(KeyboardInterrupt())

    signal.signal(signal.SIGTERM, unwind)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # a shell hands an ignored Ctrl-C down
        signal.signal(signal.SIGINT, unwind)
    return ended


def _place(error: OSError) -> str:
    """The file or folder that an error refers to."""
    return "a file or folder" if error.filename is None else str(error.filename)


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "no message"
