"""Every benchmark runs by its command line, in its smallest size, and `make bench` is all of them."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from bench import __main__ as everything
from bench.measure import work_folder
from tests.architecture.sources import REPO, python_files, text
from tests.docs.pages import PAGES
from tests.support.waiting import PATIENCE_S

NAMED = re.compile(r"python -m bench(?:\.(\w+))?")
# It needs a finished demo: tests/jobs/demo/test_run.py.
ON_A_DEMO = {"replay"}
IN_A_FOLDER = (
    "__main__", "answers", "data_plane", "every_table", "features", "gateway", "hourly", "large_training", "late",
    "nothing_new", "one_machine", "parsing",
)  # fmt: skip
# What each part says when it has ended; each of them exits with an error when a process of its own fails.
NO_DATA = "is not on this machine: nothing is measured"
LAST_WORDS = {
    "data plane": "silver",
    "every table": "peak memory, engine and Python",
    "buckets to features": "equal in every bit",
    "parsing by the floor": "Arrow alone, all of it",
    "forms of files": "forms over their aim",
    "one machine": "aim: at most 15",
    "hour after hour": "log files read",
    "one late reading": "only dates that the reading reaches: yes",
    "nothing new": "0 files",
    "waits for the command line": "--help, the slowest of",
    "gateway": "written a day at 1 reading/s",
    "a fleet of gateways": "readings a second of one core",
    "one row": "sklearn score_samples",
    "vibration windows": "gateway (plain Python)",
    "more rows than memory": "equal in every byte: yes",
    "threshold by alarms": "a machine-year",
    "beside plain rules": "best in hindsight",
    "drift": "after that",
    "sensor health": "one sensor a metric",
    "faults of a process": "Tennessee Eastman",
    "the challenger's gate": "5 points worse",
    "the simulated plant": "fast wear, seed 2",
    "the true state": "the cheaper in each past",
}
# With FULL_SUITE alone: the first four have tests of their own, the others train a model for each block of a plant.
LEFT_OUT = (
    "every table", "hour after hour", "one late reading", "threshold by alarms", "beside plain rules", "the true state",
)  # fmt: skip


def test_a_bench_that_a_page_names_is_one_of_all() -> None:
    named = {name for page in PAGES for name in NAMED.findall(text(page)) if name}

    assert named >= {"forms", "gateway_fleet", "hourly", "late", "one_machine", "parsing"}
    assert {name for name in named if not hasattr(everything, name)} == ON_A_DEMO


def test_make_bench_is_all_of_them() -> None:
    # The test may run below `make test` itself.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    planned = subprocess.run(
        ["make", "--dry-run", "bench"], cwd=REPO, env=plain, capture_output=True, text=True, check=True,
        timeout=PATIENCE_S,
    )  # fmt: skip

    assert planned.stdout.splitlines()[-1].split() == [".venv/bin/python", "-m", "bench"]


def test_a_folder_that_is_missing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert work_folder("missing/deeper") == tmp_path / "missing" / "deeper"
    assert list((tmp_path / "missing" / "deeper").iterdir()) == []


@pytest.mark.parametrize("name", IN_A_FOLDER)
def test_a_folder_that_cannot_be_made_is_named_with_what_to_do(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SystemExit) as ended:
        import_module(f"bench.{name}").main(["--work", str(tmp_path / "file" / "deeper")])

    assert ended.value.code == 2
    assert "legal: a folder that can be written" in capsys.readouterr().err


def test_each_bench_with_a_folder_is_tried() -> None:
    taking = {path.stem for path in python_files("bench") if re.search(r"(in_a_folder|add_work)\(", text(path))}

    assert taking - {"measure"} == set(IN_A_FOLDER)


@pytest.mark.slow
@pytest.mark.spark
def test_all_benches_run_in_their_smallest_size(tmp_path: Path) -> None:
    left_out = [] if "FULL_SUITE" in os.environ else ["--without", *LEFT_OUT]
    command = [sys.executable, "-m", "bench", "--small", "--work", str(tmp_path / "missing"), *left_out]
    done = subprocess.run(
        command, cwd=REPO, capture_output=True, text=True, check=False,
        timeout=3 * PATIENCE_S,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    _, *parts = done.stdout.split("== ")
    printed = dict(part.split("\n", 1) for part in parts)
    assert printed.keys() == LAST_WORDS.keys() - {*left_out}
    printed = {name: text for name, text in printed.items() if NO_DATA not in text}
    assert {name: LAST_WORDS[name] for name, text in printed.items() if LAST_WORDS[name] not in text} == {}
