import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import cli
from jobs.runs.journal import Outcome, read
from lakehouse.lock import lake_lock

REPO = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")


def test_a_job_that_ends_well_is_recorded_with_its_start(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()

    assert cli.main(["ingest"]) == 0

    entries = read(tmp_path / ".assay")["ingest"].entries
    assert list(entries) == [Outcome.DONE, Outcome.STARTED]
    assert entries[Outcome.STARTED].pid == os.getpid()
    assert entries[Outcome.STARTED].order < entries[Outcome.DONE].order


def test_an_error_is_recorded_with_the_sentence_that_a_person_saw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main(["ingest", "--plant", "nowhere", "--json"])

    failed = read(tmp_path / ".assay")["ingest"].last
    assert (code, failed.outcome) == (2, Outcome.FAILED)
    assert failed.detail == json.loads(capsys.readouterr().out)["error"]


def test_a_refused_gate_is_recorded_as_refused(tmp_path: Path) -> None:
    code = cli.main(["quality"])

    last = read(tmp_path / ".assay")["quality"].last
    assert (code, last.outcome) == (3, Outcome.REFUSED)
    assert "silver.readings is empty" in last.detail


def test_a_lake_that_is_held_is_a_bad_end_without_a_start(tmp_path: Path) -> None:
    with lake_lock(tmp_path / "lake", "silver"):
        assert cli.main(["ingest", "--no-wait"]) == 2

    entries = read(tmp_path / ".assay")["ingest"].entries
    assert list(entries) == [Outcome.FAILED]
    assert "is held by silver" in entries[Outcome.FAILED].detail


@pytest.mark.parametrize("words", [["settings"], ["rollback", "--reason", "x"], ["bundle", "show"]], ids=" ".join)
def test_what_a_person_does_by_hand_is_not_recorded(words: list[str], tmp_path: Path) -> None:
    cli.main(words)

    assert not (tmp_path / ".assay").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_run_that_is_interrupted_is_recorded_as_failed(number: signal.Signals, tmp_path: Path) -> None:
    """It waits for a lake that is held: the signal finds it there."""
    state = ["--state", str(tmp_path / "state")]
    words = ["upkeep", "--lake", str(tmp_path / "lake"), *state]
    with lake_lock(tmp_path / "lake", "silver"):
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs.cli", *words], cwd=REPO, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert "waiting for lake" in process.stderr.readline()
        process.send_signal(number)
        process.communicate(timeout=60)

    last = read(tmp_path / "state")["upkeep"].last
    assert last.outcome is Outcome.FAILED
    assert "run the same command again to go on" in last.detail


def test_a_run_that_was_killed_has_its_start_only(tmp_path: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom jobs.runs.recorded import recorded\n"
        f"with recorded(Path({str(tmp_path)!r}), 'gold') as run:\n    run.begin()\n    os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, check=False)

    assert done.returncode == -signal.SIGKILL
    assert list(read(tmp_path)["gold"].entries) == [Outcome.STARTED]


def test_a_journal_that_cannot_be_written_fails_no_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / ".assay").write_text("a file, no folder")

    assert cli.main(["ingest"]) == 0
    assert "the run journal in" in capsys.readouterr().err
