"""What a local Airflow gets by environment: its home, loopback only, quiet, our DAGs and nothing else."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from jobs.airflow_local.errors import PortTakenError

HOST = "127.0.0.1"


def environment(home: Path, dags: Path, port: int, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of all three processes; what this process has of another Airflow is left out.

    Args:
        home: `AIRFLOW_HOME`: database, logs, secret.
        dags: Folder of the DAG files.
        port: Port of the API and the pages, on loopback.
        extra: Settings of ours (`ASSAY_*`) for the jobs; an `AIRFLOW__*` among them wins over the ones here.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "_AIRFLOW"))}
    return inherited | _past_proxies(inherited) | _settings(home, dags, port) | dict(extra)


def _past_proxies(inherited: Mapping[str, str]) -> dict[str, str]:
    # Tasks talk to the API on loopback: through a proxy of the shell they would not reach it.
    known = inherited.get("no_proxy") or inherited.get("NO_PROXY") or ""
    hosts = ",".join(filter(None, [known, HOST]))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def _settings(home: Path, dags: Path, port: int) -> dict[str, str]:
    # Source: Airflow 3.3.2's configuration reference; the last six were found by running it.
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # One job at a time (the pool of writers); beside it a task without a pool and a callback of a late run.
        "AIRFLOW__CORE__PARALLELISM": "3",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        # No login: whoever reaches loopback is this machine's user.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://{HOST}:{port}",
        # An answer of 500 names the database's error: `rest.py` sends again what a locked SQLite refused, nothing else.
        "AIRFLOW__API__EXPOSE_STACKTRACE": "True",
        "AIRFLOW__API_AUTH__JWT_SECRET": jwt_secret(home),
        # With the default (5 s) each task waits that long for its first sign of life.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # Reading our DAG files takes a tenth of a processor every 5 s, beside other work still 7 % of one every 30 s,
        # for as long as Airflow runs (measured). They change with a release, and a start reads them.
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "300",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        # WARNING alone would empty the logs of the tasks too.
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "airflow.task=INFO task=INFO",
        "PYTHONWARNINGS": "ignore",
    }


def jwt_secret(home: Path) -> str:
    """The secret that the processes sign their tokens with: made at the first start, readable by its owner only."""
    path = home / "jwt_secret"
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123 - Path.open takes no descriptor
            file.write(secrets.token_hex(48))
    return path.read_text(encoding="ascii")


def free_port(port: int) -> int:
    """``port`` if nothing listens there, any free one for 0.

    Raises:
        PortTakenError: Something listens there.
    """
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTakenError(
                f"port {port} of {HOST} is taken ({error.strerror}); name another: make airflow PORT=8081, or --port"
            ) from error
        return int(probe.getsockname()[1])
