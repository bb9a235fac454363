import errno
import signal
import subprocess
import sys

import pytest

from expectations.errors import MappingError, ProfileError
from jobs.runtime.exits import ExitCode, exit_code, is_disk_full, sentence
from lakehouse.errors import GateRefused, JobError, SettingsError
from lakehouse.signals import first_on_signal
from tests.support.waiting import PATIENCE_S


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GateRefused("no"), 3),
        (SettingsError("no"), 2),
        (ProfileError("no"), 2),
        (MappingError("no"), 2),
        (KeyboardInterrupt(), 130),
        (JobError("no"), 1),
        (ValueError("no"), 1),
        (PermissionError(errno.EACCES, "Permission denied"), 2),
        (OSError(errno.EROFS, "Read-only file system"), 2),
        (FileNotFoundError(errno.ENOENT, "No such file"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code(error) == code


def test_full_disk_has_its_own_sentence_even_inside_another_error() -> None:
    inner = OSError(errno.ENOSPC, "No space left on device")
    error = RuntimeError("write failed")
    error.__cause__ = inner

    assert is_disk_full(error)
    assert sentence(error).startswith("the disk is full; free some space")
    assert exit_code(error) is ExitCode.UNEXPECTED


def test_full_disk_of_the_engine_arrives_as_text() -> None:
    assert is_disk_full(RuntimeError("java.io.IOException: No space left on device"))


def test_unexpected_error_is_one_line_with_its_class() -> None:
    assert sentence(ValueError("first\nsecond")) == "ValueError: first (--verbose shows where)"


def test_what_rights_forbid_is_told_with_its_place_and_what_to_do() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/plant/a.jsonl")

    assert sentence(error) == (
        "/plant/a.jsonl: Permission denied; correct its permissions, or run as its owner, "
        "then run the same command again"
    )


def test_known_error_is_told_as_it_is() -> None:
    assert sentence(JobError("the engine is gone; start it again")) == "the engine is gone; start it again"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_work_of_other_threads_is_stopped_before_a_signal_unwinds(number: signal.Signals) -> None:
    order: list[str] = []
    own = signal.signal(number, lambda *_: order.append("own handler"))
    try:
        with first_on_signal(lambda: order.append("stop")):
            signal.raise_signal(number)
        signal.raise_signal(number)
    finally:
        signal.signal(number, own)

    assert order == ["stop", "own handler", "own handler"]


SWALLOWED = """
import os, signal, sys
from jobs import cli
from jobs.commands import settings

def run(args, given):
    try:
        os.kill(os.getpid(), signal.{name})
        signal.pause()
    except BaseException as error:
        raise ValueError(f"not JSON-serializable: {{type(error).__name__}}") from None

settings.run = run
sys.exit(cli.main(["settings"]))
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_signal_that_a_library_made_an_error_of_ends_the_command_as_the_signal(name: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED.format(name=name)], capture_output=True, text=True, check=False,
        timeout=PATIENCE_S,
    )  # fmt: skip

    assert done.returncode == code, done.stderr
    assert "not JSON-serializable" not in done.stderr
    assert ("interrupted; run the same command again" in done.stderr) == (code == 130)
