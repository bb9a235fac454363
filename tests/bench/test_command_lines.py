"""Every benchmark runs by its command line, in its smallest size, and `make bench` is all of them."""

import os
import re
import subprocess
import sys

import pytest

from bench import __main__ as everything
from tests.architecture.sources import REPO, text
from tests.docs.pages import PAGES
from tests.support.waiting import PATIENCE_S

NAMED = re.compile(r"python -m bench(?:\.(\w+))?")
# It needs a finished demo: tests/jobs/demo/test_run.py.
ON_A_DEMO = {"replay"}
# What each part says when it has ended; each of them exits with an error when a process of its own fails.
LAST_WORDS = {
    "data plane": "silver",
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
}


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


@pytest.mark.slow
@pytest.mark.spark
def test_all_benches_run_in_their_smallest_size() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--small"], cwd=REPO, capture_output=True, text=True, check=False,
        timeout=3 * PATIENCE_S,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    _, *parts = done.stdout.split("== ")
    printed = dict(part.split("\n", 1) for part in parts)
    assert printed.keys() == LAST_WORDS.keys()
    assert {name: words for name, words in LAST_WORDS.items() if words not in printed[name]} == {}
