"""From an empty folder to a healthy Airflow that has parsed our DAGs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from jobs.airflow_local import migration, processes
from jobs.airflow_local.configuration import environment, free_port
from jobs.airflow_local.errors import AlreadyRunningError, ApiError, RunTimeoutError, StartError
from jobs.airflow_local.rest import Rest
from jobs.airflow_local.service import PARTS, PORT_FILE, STOP_GRACE_S, LocalAirflow
from jobs.airflow_local.waiting import until

# It takes 20 s. A process that ends is seen at once, so the limit is for one that hangs; a busy machine needs longer.
START_TIMEOUT_S = 600.0


def start(home: Path, dags: Path, port: int, env: Mapping[str, str]) -> LocalAirflow:
    """An Airflow that is healthy, has parsed every DAG file of the folder and knows its pools.

    Args:
        home: `AIRFLOW_HOME`, made if absent.
        dags: Folder of DAG files; each file has one DAG of the file's name; `pools.json` there names the pools.
        port: Port on loopback, 0 for any free one.
        env: Settings for the jobs (`ASSAY_*`), and of Airflow where they differ from ours.

    Raises:
        PortTakenError: Something listens on that port.
        AlreadyRunningError: An Airflow of that home runs.
        StartError: It did not become healthy, or a DAG file does not parse; with the end of the log.
    """
    home, dags = home.resolve(), dags.resolve()
    for name in PARTS:
        if (pid := processes.running(home, name)) is not None:
            raise AlreadyRunningError(
                f"{name} of {home} runs already (process {pid.number}); "
                f"end it with: python -m jobs.airflow_local stop --home {home}"
            )
    port = free_port(port)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = environment(home, dags, port, env)
    if not migration.is_up_to_date(home, settings):
        _migrate(home, settings)
        migration.note_up_to_date(home)
    airflow = LocalAirflow(home, port)
    try:
        _bring_up(airflow, dags, settings)
    except BaseException:
        # Ctrl-C while it starts included: nothing stays behind.
        airflow.stop()
        raise
    return airflow


def _bring_up(airflow: LocalAirflow, dags: Path, settings: Mapping[str, str]) -> None:
    for name, command in PARTS.items():
        airflow.register(processes.launch(name, airflow_command(*command), home=airflow.home, environment=settings))
    (airflow.home / PORT_FILE).write_text(airflow.url.rpartition(":")[2], encoding="ascii")
    expected = {path.stem for path in dags.glob("*.py") if not path.stem.startswith("_")}
    try:
        until(lambda: _ready(airflow, expected), START_TIMEOUT_S, "Airflow did not become healthy")
    except RunTimeoutError as error:
        tails = "\n".join(f"--- {name}\n{processes.tail(airflow.home, name)}" for name in PARTS)
        raise StartError(f"{error} within {START_TIMEOUT_S:.0f} s; the ends of its logs:\n{tails}") from None
    _import_pools(airflow.rest, dags / "pools.json")


def _ready(airflow: LocalAirflow, expected: set[str]) -> bool | None:
    for name in airflow.lost():
        raise StartError(f"Airflow's {name} ended; the end of its log:\n{processes.tail(airflow.home, name)}")
    try:
        health = airflow.rest.health()
        if not all(health.get(part) == "healthy" for part in ("metadatabase", "scheduler", "dag_processor")):
            return None
        if errors := airflow.import_errors():
            raise StartError("a DAG file does not parse:\n" + "\n".join(errors))
        return True if expected <= airflow.dag_ids() else None
    except ApiError:
        return None


def _migrate(home: Path, settings: Mapping[str, str]) -> None:
    process = processes.launch("migrate", airflow_command("db", "migrate"), home=home, environment=settings)
    try:
        code = process.wait(timeout=START_TIMEOUT_S)
    except BaseException as error:
        processes.end(home, "migrate", grace_s=STOP_GRACE_S)
        if isinstance(error, subprocess.TimeoutExpired):
            raise StartError(f"Airflow's database was not ready within {START_TIMEOUT_S:.0f} s") from error
        raise
    processes.end(home, "migrate", grace_s=STOP_GRACE_S)
    if code:
        raise StartError(
            f"Airflow's database could not be made; the end of the log:\n{processes.tail(home, 'migrate')}"
        )


def _import_pools(rest: Rest, path: Path) -> None:
    """Makes or corrects the pools of the file: a task of a pool that is missing would wait for ever."""
    if not path.is_file():
        return
    known = {str(pool["name"]) for pool in rest.get("pools", limit=100)["pools"]}
    for name, pool in json.loads(path.read_text(encoding="utf-8")).items():
        body = {
            "slots": pool["slots"],
            "description": pool["description"],
            "include_deferred": pool["include_deferred"],
        }
        if name in known:
            rest.patch("pools", name, body={"pool": name, **body})
        else:
            rest.post("pools", body={"name": name, **body})


def airflow_command(*command: str) -> list[str]:
    """The words that start a command of Airflow in this environment."""
    return [sys.executable, "-m", "airflow", *command]
