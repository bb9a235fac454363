"""The demo in a small size: the real jobs under the real Airflow, from simulated files to scores of a gateway.

It runs where no network can be reached, for what is set up once needs none. On a system that makes no such place it
runs with the network, and the test of the place is skipped with the reason.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.demo.check import faults
from tests.docs.shell import Shell, blocks_on_the_demo
from tests.support.offline import OFFLINE, REPO, refusal
from tests.support.waiting import PATIENCE_S

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

# With fewer days too few machines fail for the gate to let a champion through.
DAYS = 60
# An address of documentation (RFC 5737); connecting a datagram socket sends nothing.
ASKS = "import socket, sys; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect((sys.argv[1], 9))"
DAGS = ("ingest_hourly", "gold_on_silver", "retrain_monthly", "monitor_daily", "upkeep_daily")


@dataclass(frozen=True, slots=True)
class Played:
    """A demo that has ended.

    Attributes:
        folder: What it left behind.
        run: What it printed, and its exit code.
    """

    folder: Path
    run: "subprocess.CompletedProcess[str]"


def test_where_the_demo_runs_loopback_is_all_there_is() -> None:
    if reason := refusal():
        pytest.skip(f"{reason}: the demo runs with the network")

    itself, outside = (offline("-c", ASKS, address) for address in ("127.0.0.1", "192.0.2.1"))

    assert itself.returncode == 0, itself.stderr
    assert "Network is unreachable" in outside.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo, played once into a folder of the name that it has in a checkout."""
    folder = tmp_path_factory.mktemp("checkout") / "demo"
    return Played(folder, offline("-m", "jobs.demo", "--folder", str(folder), "--days", str(DAYS)))


def test_a_small_demo_ends_with_scores_of_a_gateway_and_every_count_as_injected(demo: Played) -> None:
    said = demo.run.stdout
    assert demo.run.returncode == 0, said + demo.run.stderr
    truth, summary = (json.loads((demo.folder / name).read_text()) for name in ("truth/truth.json", "summary.json"))
    assert faults(truth, summary) == []
    assert {state for _, _, state in tasks(said)} <= {"success", "skipped"}
    assert {dag for dag, _, _ in tasks(said)} == set(DAGS)
    assert ("retrain_monthly", "bundle", "success") in tasks(said)
    assert (demo.folder / "report.html").stat().st_size > 100_000


@pytest.mark.parametrize("block", blocks_on_the_demo(), ids=["look", "ask"])
def test_what_the_readme_types_on_the_finished_demo_is_answered(demo: Played, block: str) -> None:
    shell = Shell(demo.folder.parent)

    done = shell.run(block)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_single_decisions_are_timed_on_the_finished_demo(demo: Played) -> None:
    """`python -m bench.replay`, as the README says it."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.replay", "--demo", str(demo.folder)],
        cwd=REPO, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "decision" in done.stdout


def offline(*words: str) -> "subprocess.CompletedProcess[str]":
    """Python with those words, without a network where this system can do so."""
    command = [*(() if refusal() else OFFLINE), sys.executable, *words]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)


def tasks(said: str) -> list[tuple[str, str, str]]:
    """DAG, task and state of every task that the demo told of."""
    return re.findall(r"^  (\w+) +(\w+) +(\w+) +[\d.]+ s$", said, re.MULTILINE)
