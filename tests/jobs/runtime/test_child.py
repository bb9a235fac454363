"""Another process: what it tells of its progress is shown, the rest comes back."""

import io
import logging
import subprocess
import sys

import pytest

from jobs.runtime.child import run_child
from jobs.runtime.progress import progress
from tests.support.waiting import PATIENCE_S


def run_code(code: str) -> "subprocess.CompletedProcess[str]":
    return run_child([sys.executable, "-c", f"import os, sys\n{code}"])


def test_steps_are_shown_and_all_else_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told = ["INFO files 3 of 1200", "WARNING uplink: full", "INFO records 40000", "INFO writing the truth", "said last"]

    with progress("simulate", io.StringIO()):
        done = run_code(f"print('answer'); sys.stderr.write({chr(10).join(told)!r}); sys.exit(3)")

    assert (done.returncode, done.stdout, done.stderr) == (3, "answer\n", "WARNING uplink: full\nsaid last")
    assert caplog.messages == [
        "simulate: files, 3 of 1,200", "simulate: records: 40,000", "simulate: writing the truth",
    ]  # fmt: skip


def test_an_answer_of_any_size_stops_nobody() -> None:
    done = run_code("print('x' * 1_000_000); sys.stderr.write('y' * 1_000_000)")

    assert (len(done.stdout), len(done.stderr)) == (1_000_001, 1_000_000)


def test_an_interrupt_ends_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    children: list[subprocess.Popen[str]] = []

    def interrupted(line: str) -> bool:
        raise KeyboardInterrupt(line)

    class Noted(subprocess.Popen[str]):
        def __init__(self, *words: object, **options: object) -> None:
            super().__init__(*words, **options)  # type: ignore[call-overload]  # handed through as they came
            children.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    monkeypatch.setattr("jobs.runtime.child._is_shown", interrupted)

    with pytest.raises(KeyboardInterrupt):
        run_code("print('INFO 1', file=sys.stderr, flush=True); import time; time.sleep(600)")

    assert children[0].wait(PATIENCE_S) < 0
