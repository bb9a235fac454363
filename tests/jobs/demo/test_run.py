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
from typing import Any

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


@pytest.mark.parametrize("block", blocks_on_the_demo(), ids=["look", "ask", "lineage"])
def test_what_the_readme_types_on_the_finished_demo_is_answered(demo: Played, block: str) -> None:
    shell = Shell(demo.folder.parent)

    done = shell.run(block)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_leads_to_the_scores_and_a_score_leads_back_to_the_file(demo: Played) -> None:
    shell = Shell(demo.folder.parent)
    (file,) = rows(
        shell, "SELECT min(path) FROM bronze.files WHERE feed = 'readings' AND outcome = 'read' AND rows > 0"
    )
    (score,) = rows(
        shell,
        "SELECT factory_id || '/' || machine_id || ' at ' || strftime(scored_at, '%Y-%m-%dT%H:%M:%SZ'), bundle, "
        "scored_at FROM gold.predictions WHERE source = 'edge' AND probability IS NOT NULL ORDER BY 3 DESC, 1 "
        "LIMIT 1",
    )

    forth, back, sealed = (lineage(shell, what) for what in (file[0], score[0], score[1]))

    (model,) = {stop["model_version"] for stop in sealed["subject"]}
    assert names(forth["went_into"], "table") >= {"bronze.readings", "silver.readings", "gold.machine_features"}
    assert model in names(forth["went_into"], "model")
    assert score[1] in names(forth["went_into"], "bundle")
    assert {stop["source"] for stop in back["subject"]} == {"batch", "edge"}
    assert names(back["came_from"], "model") == {model}
    assert {path.split("/")[0] for path in names(back["came_from"], "file")} == {"readings"}
    assert {"bronze.readings", "silver.buckets", "gold.failure_labels"} <= names(sealed["came_from"], "table")
    (counted,) = rows(shell, f"SELECT count(*) FROM gold.predictions WHERE bundle = '{score[1]}'")
    assert sum(sealed["subject"][0][key] for key in ("batch_scores", "edge_scores")) == counted[0]


def test_single_decisions_are_timed_on_the_finished_demo(demo: Played) -> None:
    """`python -m bench.replay`, as the README says it."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.replay", "--demo", str(demo.folder)],
        cwd=REPO, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "decision" in done.stdout


def rows(shell: Shell, query: str) -> list[list[object]]:
    """The rows of a question to the finished demo."""
    answer: list[list[object]] = json.loads(shell.run(f'assay sql --json "{query}"').stdout)["rows"]
    return answer


def lineage(shell: Shell, what: object) -> dict[str, list[dict[str, Any]]]:
    """What `assay lineage` answers for programs."""
    found: dict[str, list[dict[str, Any]]] = json.loads(shell.run(f"assay lineage --json '{what}'").stdout)
    return found


def names(stops: list[dict[str, Any]], kind: str) -> set[str]:
    """Names of the stops of a kind, of tables without their versions."""
    return {str(stop["name"]).partition("@")[0] if kind == "table" else str(stop["name"]) for stop in stops
            if stop["kind"] == kind}  # fmt: skip


def offline(*words: str) -> "subprocess.CompletedProcess[str]":
    """Python with those words, without a network where this system can do so."""
    command = [*(() if refusal() else OFFLINE), sys.executable, *words]
    return subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)


def tasks(said: str) -> list[tuple[str, str, str]]:
    """DAG, task and state of every task that the demo told of."""
    return re.findall(r"^  (\w+) +(\w+) +(\w+) +[\d.]+ s$", said, re.MULTILINE)
