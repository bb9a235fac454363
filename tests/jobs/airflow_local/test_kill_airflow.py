"""SIGKILL of Airflow's scheduler, of its API server and of a task's processes, in the middle of a run of each DAG.

After a restart the run ends right or failed, work that was done is not done again, and no task is missing under a run
that is a success. Always a task of each DAG, and the servers of Airflow under two; all of it with `FULL_SUITE` set.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.airflow_local import LocalAirflow, RunState, processes
from tests.support.airflow_home import IMPATIENT, dags_with, migrated_home, orphans_ended, restart, running
from tests.support.airflow_jobs import Jobs
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

JOBS: Mapping[str, tuple[str, ...]] = {
    "ingest_hourly": ("ingest", "silver"),
    "gold_on_silver": ("gold", "score"),
    "monitor_daily": ("quality", "drift"),
    "upkeep_daily": ("upkeep",),
    "retrain_monthly": ("train", "promote", "bundle"),
}
# Airflow notices sooner than by default that a task or a scheduler has died.
WATCHFUL = {
    "ASSAY_DAG_CLOCK": "off",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "3",
}
VICTIMS = ("scheduler", "api-server", "task", "supervisor", "command")
# Each restart of a server takes half a minute. These two DAGs differ: one announces an asset, one may skip its rest.
ALWAYS = {("ingest_hourly", "scheduler"), ("retrain_monthly", "scheduler"), ("ingest_hourly", "api-server"),
          ("retrain_monthly", "api-server"), *((dag_id, "task") for dag_id in JOBS)}  # fmt: skip
FULL_SIZE = pytest.mark.skipif(
    "FULL_SUITE" not in os.environ, reason="five moments of each DAG take half an hour: set FULL_SUITE; some run always"
)


@dataclass(frozen=True)
class Moment:
    """Before or after the work of a command: after it, nobody knows yet that it is done."""

    command: str
    when: str

    def __str__(self) -> str:
        return f"{self.when}-{self.command}"


def moments(dag_id: str) -> list[Moment]:
    """Five moments of a DAG, the first of them for every test run."""
    first, last = JOBS[dag_id][0], JOBS[dag_id][-1]
    second = Moment(last, "after") if last != first else Moment("release", "after")
    return [
        Moment(first, "after"),
        Moment("lease", "before"),
        Moment(first, "before"),
        second,
        Moment("release", "before"),
    ]


def cases() -> Iterator[object]:
    for dag_id in JOBS:
        for number, moment in enumerate(moments(dag_id)):
            for victim in VICTIMS:
                marks = [] if number == 0 and (dag_id, victim) in ALWAYS else [FULL_SIZE]
                yield pytest.param(dag_id, moment, victim, id=f"{dag_id}-{moment}-{victim}", marks=marks)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    return Jobs(tmp_path_factory.mktemp("jobs"))


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dags_with(tmp_path_factory.mktemp("dags"), IMPATIENT)


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, dags: Path, jobs: Jobs) -> Iterator[LocalAirflow]:
    with running(migrated_home(tmp_path_factory), dags, jobs, WATCHFUL) as started:
        for dag_id in JOBS:
            started.unpause(dag_id)
        yield started


@pytest.fixture(autouse=True)
def gold_runs_by_hand_only(airflow: LocalAirflow, request: pytest.FixtureRequest) -> None:
    """Not after each run of the ingest."""
    (airflow.unpause if "gold_on_silver" in request.node.name else airflow.pause)("gold_on_silver")


@pytest.mark.parametrize(("dag_id", "moment", "victim"), cases())
def test_a_run_in_which_something_is_killed_ends_right_or_failed(
    airflow: LocalAirflow, dags: Path, jobs: Jobs, dag_id: str, moment: Moment, victim: str
) -> None:
    jobs.plan({moment.command: {"hold": moment.when}})
    run_id = airflow.trigger(dag_id, {})
    command = jobs.wait_held()

    _kill(airflow, victim, command)
    with orphans_ended(airflow, victim) as left:
        if victim in ("scheduler", "api-server"):
            restart(airflow, dags, jobs, victim, WATCHFUL)
        jobs.go()
        ended = airflow.wait(dag_id, run_id, PATIENCE_S)

    # A scheduler has forked those that run its tasks.
    assert bool(left) or victim != "scheduler"
    _check(ended, jobs)


def _kill(airflow: LocalAirflow, victim: str, command: int) -> None:
    """Kills one of the three: a process of Airflow, or one of those that run the task of a command."""
    task = _parent(command)
    if victim in ("scheduler", "api-server"):
        pid = processes.running(airflow.home, victim)
        assert pid is not None
        pid.signal(signal.SIGKILL)
        wait_for(lambda: not pid.alive(), f"the end of {victim}")
    else:
        os.kill({"command": command, "task": task, "supervisor": _parent(task)}[victim], signal.SIGKILL)


def _parent(number: int) -> int:
    return int(Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


def _check(ended: RunState, jobs: Jobs) -> None:
    told = {task.task_id: task.state for task in ended.tasks}
    for command in ("lease", *JOBS[ended.dag_id], "release"):
        # Work is done once; a later call finds that it is.
        assert sum(jobs.ends(command)) <= 1, (command, jobs.ends(command))
    if ended.state == "success":
        assert set(told.values()) <= {"success", "skipped"}, told
        for command in ("lease", *JOBS[ended.dag_id], "release"):
            assert jobs.ends(command)[:1] == [True], (command, told)
        assert [report["outcome"] for report in jobs.reports() if report["run-id"] == ended.run_id][-1] == "success"
    else:
        assert ended.state == "failed"
        assert "failed" in told.values(), told
        wait_for(
            lambda: any(r["outcome"] == "failed" for r in jobs.reports() if r["run-id"] == ended.run_id),
            "a report",
            jobs.reports,
        )
