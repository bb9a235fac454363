"""Real jobs under a real Airflow: killed between commit and report, the next try goes on; a failure opens an alert.

The jobs are real, on a small plant; only the engine's lease is not, for so few rows need no engine.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from jobs.airflow_local import LocalAirflow, start
from tests.support.airflow_home import IMPATIENT, dags_with, migrated_home
from tests.support.small_plant import lines, write_small_plant
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
# Runs the command for real, notes its report, and waits where the test wants before it hands the report on.
WRAPPER = """#!{python}
import json, os, pathlib, subprocess, sys, time
here, words = pathlib.Path(sys.argv[0]).parent, sys.argv[3:]
if words[0] == "engine":
    sys.exit(0)
done = subprocess.run([{python!r}, "-m", "jobs.cli", *words], cwd={root!r}, stdout=subprocess.PIPE, text=True)
with open(here / "reports.jsonl", "a") as reports:
    reports.write(json.dumps({{"words": words, "code": done.returncode, "out": done.stdout}}) + "\\n")
if words[0] == (here / "hold").read_text() and not (here / "held").exists():
    (here / "held").write_text(str(os.getpid()))
    while True:
        time.sleep(0.1)
sys.stdout.write(done.stdout)
sys.exit(done.returncode)
"""


class Lake:
    """A small plant's landing folder, lake and state, and the wrapper of its jobs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wrapper = root / "python"
        self.wrapper.write_text(WRAPPER.format(python=sys.executable, root=str(ROOT)), encoding="ascii")
        self.wrapper.chmod(0o755)
        self.hold("")
        self.settings = {
            "ASSAY_PLANT": str(write_small_plant(root)),
            **{f"ASSAY_{name.upper()}": str(root / name) for name in ("lake", "landing", "state", "keys")},
        }

    def hold(self, command: str) -> None:
        """The next call of a command waits after its work, until it is killed."""
        (self.root / "held").unlink(missing_ok=True)
        (self.root / "reports.jsonl").write_text("", encoding="ascii")
        (self.root / "hold").write_text(command, encoding="ascii")

    def land(self, name: str, text: str) -> None:
        folder = self.root / "landing" / "lines"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="ascii")

    def held(self) -> int:
        held = self.root / "held"
        return int(wait_for(lambda: held.read_text("ascii") if held.exists() else "", "a command", self.calls))

    def calls(self) -> list[dict[str, Any]]:
        text = (self.root / "reports.jsonl").read_text(encoding="ascii")
        return [json.loads(line) for line in text.splitlines()]

    def changes(self, command: str) -> list[bool]:
        """Whether each call of a job changed anything."""
        return [json.loads(call["out"])["changed"] for call in self.calls() if call["words"][0] == command]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Lake(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, lake: Lake) -> Iterator[LocalAirflow]:
    folder = tmp_path_factory.mktemp("airflow")
    told = {"ASSAY_PYTHON": str(lake.wrapper), "ASSAY_DAG_CLOCK": "off", **lake.settings}
    started = start(migrated_home(tmp_path_factory), dags_with(folder, IMPATIENT), 0, told)
    try:
        started.unpause("ingest_hourly")
        yield started
    finally:
        started.stop()


@pytest.mark.parametrize(("number", "command"), [(1, "ingest"), (2, "silver")])
@pytest.mark.parametrize("victim", ["command", "task"])
def test_a_job_killed_after_its_commit_finds_it_stored_and_the_run_goes_on(
    airflow: LocalAirflow, lake: Lake, number: int, command: str, victim: str
) -> None:
    sensor = f"{command}-{victim}"
    lake.hold(command)
    lake.land(f"{number}-{victim}.jsonl", lines("2026-03-01T00:00:00+00:00", 40, sensor=sensor))
    run_id = airflow.trigger("ingest_hourly", {})
    held = lake.held()

    os.kill(held if victim == "command" else _parent(held), signal.SIGKILL)
    ended = airflow.wait("ingest_hourly", run_id, PATIENCE_S)

    assert ended.state == "success", ended.tasks
    assert {task.state for task in ended.tasks} == {"success"}
    assert lake.changes(command) == [True, False]
    assert [call["code"] for call in lake.calls()] == [0] * len(lake.calls())
    table = DeltaTable(str(lake.root / "lake" / "silver" / "readings")).to_pyarrow_table(columns=["sensor_id"])
    assert table.column("sensor_id").to_pylist().count(sensor) == 40
    (event,) = _announced(airflow, run_id)
    assert event["source_task_id"] == "announce_silver"


def _announced(airflow: LocalAirflow, run_id: str) -> list[dict[str, Any]]:
    events = airflow.rest.get("assets", "events", source_run_id=run_id, limit=10)["asset_events"]
    return list(events)


def _parent(number: int) -> int:
    return int(Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


def test_a_failed_run_opens_an_alert_that_the_next_good_one_closes(airflow: LocalAirflow, lake: Lake) -> None:
    lake.hold("")
    landing, aside = lake.root / "landing", lake.root / "landing-aside"
    landing.rename(aside)
    try:
        failed = airflow.wait("ingest_hourly", airflow.trigger("ingest_hourly", {}), PATIENCE_S)
    finally:
        aside.rename(landing)
    opened = _alerts(lake)
    good = airflow.wait("ingest_hourly", airflow.trigger("ingest_hourly", {}), PATIENCE_S)

    assert (failed.state, good.state) == ("failed", "success")
    (alert,) = [alert for alert in opened if alert["key"] == "dag_run/ingest_hourly"]
    assert "landing" in alert["subject"]
    assert "ingest" in alert["subject"]
    assert "dag_run/ingest_hourly" not in [alert["key"] for alert in _alerts(lake)]


def _alerts(lake: Lake) -> list[dict[str, Any]]:
    """The alerts that are open."""
    done = subprocess.run(
        [sys.executable, "-m", "jobs.cli", "alerts", "list", "--json"], cwd=ROOT, env={**os.environ, **lake.settings},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return list(json.loads(done.stdout.splitlines()[-1])["alerts"])
