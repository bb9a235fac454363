"""`assay status` as a command: what it imports, writes and waits for."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs import cli
from jobs.runs.journal import Outcome, record
from jobs.runtime.settings import Settings
from tests.jobs.status.lakes import NOW, healthy, settings_below

REPO = Path(__file__).parents[3]


@pytest.fixture
def whole(tmp_path: Path) -> Settings:
    """Nothing is wrong there."""
    settings = settings_below(tmp_path)
    healthy(settings)
    record(settings.state, "ingest", Outcome.DONE, NOW)
    return settings


def command(settings: Settings, *words: str) -> list[str]:
    places = [f"--{name}={getattr(settings, name)}" for name in ("lake", "landing", "plant", "state")]
    return [sys.executable, "-B", "-m", "jobs.cli", "status", *places, "--least-free=1%", *words]


def run(settings: Settings, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    return subprocess.run(
        command(settings, *words),
        cwd=REPO,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


def test_a_lake_that_another_run_holds_is_looked_at_without_waiting(whole: Settings) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom lakehouse.lock import lake_lock\n"
        f"with lake_lock(Path({str(whole.lake)!r}), 'silver'):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code], cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"

    try:
        done = run(whole)
    finally:
        holder.communicate()

    assert done.returncode == 0, done.stdout + done.stderr
    assert "held by silver (process" in done.stdout


def test_a_process_that_may_write_no_byte_to_any_file_says_the_same(whole: Settings) -> None:
    """As on a full disk."""

    def full() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    before = {path: path.stat().st_mtime_ns for path in whole.lake.parent.rglob("*")}

    done = run(whole, preexec_fn=full)

    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing needs a person" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in whole.lake.parent.rglob("*")} == before


def test_no_engine_and_no_suite_is_imported(whole: Settings) -> None:
    heavy = ("pyspark", "great_expectations", "duckdb", "sklearn", "xgboost", "matplotlib", "jinja2")
    code = (
        "import sys\nfrom jobs.cli import main\ncode = main(sys.argv[1:])\n"
        f"print('HEAVY', code, [name for name in {heavy!r} if name in sys.modules])"
    )

    words = command(whole)[4:]
    done = subprocess.run([sys.executable, "-c", code, *words], cwd=REPO, capture_output=True, text=True, check=True)

    assert done.stdout.rstrip().endswith("HEAVY 0 []")


@pytest.mark.usefixtures("away_from_the_users_settings")
def test_the_command_ends_with_three_where_a_person_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--json"]) == 3

    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out)["job"] == "status"
