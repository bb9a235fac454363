"""A local Airflow for a test: on a copy of the DAG files in which a line may be another, with stand-in commands."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from jobs.airflow_local import LocalAirflow, migration, processes, start
from jobs.airflow_local.configuration import environment
from jobs.airflow_local.errors import ApiError
from jobs.airflow_local.service import PARTS
from jobs.airflow_local.startup import airflow_command
from tests.support.airflow_jobs import Jobs
from tests.support.made_once import made_once
from tests.support.waiting import wait_for

DAGS = Path(__file__).resolve().parents[2] / "dags"
# A failed task is tried again after a second instead of a minute or a quarter of it.
IMPATIENT = {
    "_lake_job.py": {
        "RETRY_DELAY = timedelta(minutes=1)": "RETRY_DELAY = timedelta(seconds=1)",
        "timedelta(seconds=15)": "timedelta(seconds=1)",
    },
    "ingest_hourly.py": {"timedelta(seconds=15)": "timedelta(seconds=1)"},
}
Changes = Mapping[str, Mapping[str, str]]
# A run of a test waits half a second longer for its next task, and an idle scheduler takes half the processor time.
PATIENT = {"AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "1"}


def dags_with(folder: Path, *changes: Changes) -> Path:
    """A copy of the DAG folder with words of its files replaced; each must be there."""
    copy = folder / "dags"
    shutil.copytree(DAGS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for change in changes:
        for name, words in change.items():
            text = (copy / name).read_text(encoding="utf-8")
            for old, new in words.items():
                assert old in text, f"{name} has no {old!r}"
                text = text.replace(old, new)
            (copy / name).write_text(text, encoding="utf-8")
    return copy


@contextmanager
def orphans_ended(airflow: LocalAirflow, name: str) -> Iterator[list[processes.Pid]]:
    """What a process of Airflow, if it was killed, has left running: that goes on in the context, and ends with it."""
    left = processes.left_behind(airflow.home, name)
    try:
        yield left
    finally:
        for pid in left:
            pid.signal(signal.SIGKILL)


def restart(airflow: LocalAirflow, dags: Path, jobs: Jobs, name: str, settings: Mapping[str, str]) -> None:
    """Starts one of the processes again, as a service manager does, and waits until Airflow is healthy."""
    port = int(airflow.url.rpartition(":")[2])
    told = environment(airflow.home, dags, port, {"ASSAY_PYTHON": str(jobs.python), **PATIENT, **settings})
    words = [sys.executable, "-m", "airflow", *PARTS[name]]
    airflow.register(processes.launch(name, words, home=airflow.home, environment=told))
    wait_for(lambda: _is_healthy(airflow), f"{name} to come back", lambda: processes.tail(airflow.home, name))


def _is_healthy(airflow: LocalAirflow) -> bool:
    try:
        health = airflow.rest.health()
    except ApiError:
        return False
    return all(health.get(part) == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))


def migrated_home(factory: pytest.TempPathFactory) -> Path:
    """A home that nothing has run in: Airflow's database, made once a run, and the configuration that names it."""
    made = made_once(factory, "airflow-home", _migrated)
    home = factory.mktemp("airflow") / "home"
    shutil.copytree(made, home, ignore=shutil.ignore_patterns("logs", "jwt_secret"))
    configuration = home / migration.CONFIGURATION
    text = configuration.read_text(encoding="utf-8")
    configuration.write_text(text.replace(str(made), str(home)), encoding="utf-8")
    return home


def _migrated(folder: Path) -> Path:
    home = folder / "home"
    home.mkdir(mode=0o700)
    subprocess.run(
        airflow_command("db", "migrate"), env=environment(home, DAGS, 8080, {}), check=True, capture_output=True
    )
    migration.note_up_to_date(home)
    return home


@contextmanager
def running(home: Path, dags: Path, jobs: Jobs, settings: Mapping[str, str] | None = None) -> Iterator[LocalAirflow]:
    """A local Airflow whose DAGs run the stand-in commands; killed with the context, and nothing of it goes on."""
    airflow = start(home, dags, 0, {"ASSAY_PYTHON": str(jobs.python), **PATIENT, **(settings or {})})
    try:
        yield airflow
    finally:
        processes.end(home, *PARTS, grace_s=0)  # an orderly end takes 3.5 s of processor time
        airflow.stop()
    wait_for(lambda: not running_in(home), "the end of all of Airflow's processes", lambda: running_in(home))


def running_in(home: Path) -> list[str]:
    """Commands of the living processes that were started for an Airflow of this home."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("AIRFLOW_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
    return found
