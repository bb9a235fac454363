import io
import json
import logging
import math
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.runtime.progress import each, progress, show
from lakehouse.log import WIPE, configure_log, log
from tests.support.waiting import output

REPO = Path(__file__).resolve().parents[3]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """What the line said, one time after another, with whatever seconds as 0."""
        return [re.sub(r"\(\d+ s\)", "(0 s)", said) for said in self.getvalue().split(WIPE)[1:]]


def test_terminal_sees_one_line_that_is_rewritten_and_wiped() -> None:
    out = Terminal()

    with progress("silver", out):
        show("read", 1, 2)
        show("read", 2, 2)
        show("records", 12_000)
        show("merge")

    assert out.lines() == [
        "silver: read, 1 of 2 (0 s)", "silver: read, 2 of 2 (0 s)", "silver: records: 12,000 (0 s)",
        "silver: merge (0 s)", "",
    ]  # fmt: skip
    assert "\n" not in out.getvalue()


def test_a_job_within_another_writes_behind_its_step_and_leaves_the_line_to_it() -> None:
    out = Terminal()

    with progress("pipeline", out):
        for name in each(["silver", "gold"]):
            with progress(name, out):
                show(f"{name}.table")

    assert out.lines() == [
        "pipeline: silver, 1 of 2 (0 s)", "pipeline: silver, 1 of 2 > silver.table (0 s)",
        "pipeline: gold, 2 of 2 (0 s)", "pipeline: gold, 2 of 2 > gold.table (0 s)", "",
    ]  # fmt: skip


def test_elsewhere_a_step_is_logged_once_under_the_job_that_does_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("jobs.runtime.progress.PLAIN_EVERY_S", math.inf)

    with progress("pipeline", io.StringIO()):
        show("silver", 1, 2)
        with progress("silver", io.StringIO()):
            for done in range(1000):
                show("read", done, 1000)
            show("merge")

    assert [record.getMessage() for record in caplog.records] == [
        "pipeline: silver, 1 of 2", "silver: read, 0 of 1,000", "silver: merge",
    ]  # fmt: skip


def test_the_line_is_wiped_where_the_job_fails() -> None:
    out = Terminal()

    with pytest.raises(ValueError, match="broken"):
        _break(out)

    assert out.lines()[-1] == ""


def _break(out: Terminal) -> None:
    with progress("gold", out):
        show("read")
        raise ValueError("broken")


def test_a_job_that_shows_nothing_writes_nothing() -> None:
    out = Terminal()

    with progress("settings", out):
        pass

    assert out.getvalue() == ""


def test_outside_of_a_job_nothing_is_shown(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.INFO)

    assert list(each("ab")) == ["a", "b"]

    assert (caplog.records, capfd.readouterr()) == ([], ("", ""))


def test_a_line_longer_than_the_terminal_is_cut_and_keeps_its_time() -> None:
    out = Terminal()

    with progress("gold", out):
        show("x" * 200)

    assert len(out.getvalue().split(WIPE)[1]) == 79
    assert out.lines()[0].endswith("x (0 s)")


def test_a_log_record_at_a_terminal_takes_the_place_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    out, root = Terminal(), logging.getLogger()
    monkeypatch.setattr(sys, "stderr", out)
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    configure_log("info")

    with progress("gold"):
        show("read")
        log().warning("waiting")
        show("merge")

    first, record, second, end = out.lines()
    assert (first, second, end) == ("gold: read (0 s)", "gold: merge (0 s)", "")
    assert record.endswith(" WARNING waiting\n")


def test_a_real_terminal_gets_the_line_and_standard_output_the_report_alone(tmp_path: Path) -> None:
    """What a simulator of its own process tells is shown too."""
    ours, theirs = pty.openpty()
    words = ["simulate", "--json", "--landing", tmp_path / "in", "--truth", tmp_path / "truth"]
    size = ["--days", "2", "--machines", "3", "--lake", tmp_path / "lake"]

    command = [sys.executable, "-m", "jobs.cli", *map(str, words + size)]
    process = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    shown = _all_of(ours)
    answer, _ = output(process)

    assert (process.returncode, json.loads(answer)["job"]) == (0, "simulate")
    assert f"{WIPE}simulate: files of readings, 1 of " in shown
    assert shown.endswith(WIPE)
    assert "\n" not in shown


def _all_of(handle: int) -> str:
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(handle, 65536)
        except OSError:  # Linux: nobody holds the other end any more
            part = b""
        if not part:
            os.close(handle)
            return b"".join(parts).decode()
        parts.append(part)
