"""A local Airflow that runs: its DAGs triggered, its runs waited for, its end."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.airflow_local import processes
from jobs.airflow_local.configuration import HOST
from jobs.airflow_local.errors import NotRunningError, RunTimeoutError
from jobs.airflow_local.rest import Rest
from jobs.airflow_local.states import RunState, task_state
from jobs.airflow_local.waiting import until

# Stops first: a scheduler that loses its API would fail its tasks.
SCHEDULER, API = "scheduler", "api-server"
PARTS: Mapping[str, tuple[str, ...]] = {
    # -s: without its log server, which would listen on all addresses.
    SCHEDULER: ("scheduler", "-s"),
    "dag-processor": ("dag-processor",),
    API: ("api-server",),
}
# Where the port of a running Airflow is noted, below its home.
PORT_FILE = "run/port"
# Seconds; an idle scheduler takes 3, an API server 4 (measured on 2 cores). Half of it is for running jobs.
STOP_GRACE_S = 14.0
ENDED = ("success", "failed")


class LocalAirflow:
    """A running Airflow of three processes on loopback.

    Attributes:
        home: Its `AIRFLOW_HOME`.
        url: Where its pages are.
    """

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.url = f"http://{HOST}:{port}"
        self.rest = Rest(self.url)
        self._children: list[subprocess.Popen[bytes]] = []

    @classmethod
    def running_in(cls, home: Path) -> LocalAirflow:
        """The Airflow that another process has started in this home.

        Raises:
            NotRunningError: None runs there.
        """
        try:
            port = int((home / PORT_FILE).read_text(encoding="ascii"))
        except (OSError, ValueError):
            port = 0
        if not port or processes.running(home, API) is None:
            raise NotRunningError(f"no Airflow runs in {home}; start it with make airflow, or name another with --home")
        return cls(home, port)

    def register(self, child: subprocess.Popen[bytes]) -> None:
        """Keeps one of its processes that this one started: a parent has to take its exit code."""
        self._children.append(child)

    def dag_ids(self) -> set[str]:
        """The DAGs that were parsed."""
        return {str(dag["dag_id"]) for dag in self.rest.get("dags", limit=100)["dags"]}

    def import_errors(self) -> list[str]:
        """What went wrong while DAG files were parsed, by file."""
        found = self.rest.get("importErrors", limit=100)["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in found]

    def lost(self) -> list[str]:
        """Those of its processes that have ended."""
        return [name for name in PARTS if processes.running(self.home, name) is None]

    def unpause(self, dag_id: str) -> None:
        """Lets a DAG's runs start; a DAG with a clock schedule gets one run at once."""
        self.rest.patch("dags", dag_id, body={"is_paused": False})

    def pause(self, dag_id: str) -> None:
        """Lets no further run of a DAG start."""
        self.rest.patch("dags", dag_id, body={"is_paused": True})

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None, logical_date: str | None = None) -> str:
        """Starts a run.

        Args:
            dag_id: An unpaused DAG; the run of a paused one waits.
            conf: Parameters of the run.
            logical_date: The time that it is for, ISO 8601; none by default.

        Returns:
            The id of the run.

        Raises:
            ApiError: The DAG is unknown, or a parameter is not legal (the message says which and why).
        """
        body = {"logical_date": logical_date, "conf": dict(conf or {})}
        return str(self.rest.post("dags", dag_id, "dagRuns", body=body)["dag_run_id"])

    def times_without_run(self, dag_id: str, begin: str, end: str) -> list[str]:
        """The times of a DAG's schedule in a range, both ends included, that have no run; the oldest first.

        Raises:
            ApiError: The DAG is unknown or has no clock schedule, or the range has no time.
        """
        body = {"dag_id": dag_id, "from_date": begin, "to_date": end, "reprocess_behavior": "none"}
        found = self.rest.post("backfills", "dry_run", body=body)["backfills"]
        return sorted(str(run["logical_date"]) for run in found)

    def run_ids(self, dag_id: str) -> list[str]:
        """The runs of a DAG, the newest first."""
        runs = self.rest.get("dags", dag_id, "dagRuns", limit=100, order_by="-id")["dag_runs"]
        return [str(run["dag_run_id"]) for run in runs]

    def wait_for_new_run(self, dag_id: str, known: set[str], timeout_s: float) -> str:
        """The id of the run that something else (an asset) starts.

        Args:
            dag_id: The DAG that is started.
            known: Runs that were there before.
            timeout_s: Seconds to wait for it.

        Raises:
            RunTimeoutError: None came.
        """
        return until(
            lambda: next((run for run in self.run_ids(dag_id) if run not in known), None),
            timeout_s,
            f"{dag_id}: no new run within {timeout_s:.0f} s",
        )

    def run_state(self, dag_id: str, run_id: str) -> RunState:
        """A run as it is now."""
        run = self.rest.get("dags", dag_id, "dagRuns", run_id)
        found = self.rest.get("dags", dag_id, "dagRuns", run_id, "taskInstances", limit=100)["task_instances"]
        tasks = sorted((task_state(task) for task in found), key=lambda task: (task.started_at or "~", task.task_id))
        return RunState(dag_id, run_id, str(run["state"]), str(run.get("note") or ""), tuple(tasks))

    def wait(self, dag_id: str, run_id: str, timeout_s: float) -> RunState:
        """A run once it has ended.

        Args:
            dag_id: Its DAG.
            run_id: What `trigger` gave.
            timeout_s: Seconds to wait for its end.

        Raises:
            RunTimeoutError: It did not end; the message holds the state of each task.
        """

        def has_ended() -> bool | None:
            return self.rest.get("dags", dag_id, "dagRuns", run_id)["state"] in ENDED or None

        try:
            until(has_ended, timeout_s, f"{dag_id} {run_id}: not ended within {timeout_s:.0f} s")
        except RunTimeoutError as error:
            tasks = self.run_state(dag_id, run_id).tasks
            raise RunTimeoutError(f"{error}: {', '.join(f'{task.task_id} {task.state}' for task in tasks)}") from None
        return self.run_state(dag_id, run_id)

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> list[str]:
        """The lines that a try of a task logged."""
        path = ("dags", dag_id, "dagRuns", run_id, "taskInstances", task_id, "logs", str(max(try_number, 1)))
        content = self.rest.get(*path, full_content="true")["content"]
        return [str(line.get("event", line)) if isinstance(line, dict) else str(line) for line in content]

    def stop(self) -> None:
        """Ends the three processes, the scheduler first, with the jobs they run; safe to repeat."""
        stop(self.home)
        while self._children:
            self._children.pop().wait()


def stop(home: Path) -> None:
    """Ends what a `start` in this home began, from whatever process; nothing when it has ended."""
    processes.end(home, SCHEDULER, grace_s=STOP_GRACE_S)
    processes.end(home, *PARTS, grace_s=STOP_GRACE_S)
