"""Unpausing under a real scheduler: nothing is done for a time before, and the next time of the schedule is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.airflow_local import LocalAirflow
from tests.support.airflow_home import IMPATIENT, dags_with, migrated_home, running
from tests.support.airflow_jobs import Jobs
from tests.support.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

PERIOD_S = 30
# The sixth field is of seconds.
OFTEN = {"monitor_daily.py": {"17 5 * * *": f"* * * * * */{PERIOD_S}"}}
DAG_IDS = ("ingest_hourly", "gold_on_silver", "monitor_daily", "upkeep_daily", "retrain_monthly")
A_RUN = "the run that Airflow makes for the past (if it makes none any more, the guard is not needed)"


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    return Jobs(tmp_path_factory.mktemp("jobs"))


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, jobs: Jobs) -> Iterator[LocalAirflow]:
    folder = tmp_path_factory.mktemp("airflow")
    with running(migrated_home(tmp_path_factory), dags_with(folder, IMPATIENT, OFTEN), jobs) as started:
        yield started


def runs_of(airflow: LocalAirflow, dag_id: str) -> list[dict[str, Any]]:
    return list(airflow.rest.get("dags", dag_id, "dagRuns", limit=100, order_by="run_after")["dag_runs"])


def due(run: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(run["run_after"])


def period(moment: datetime) -> int:
    """The number of the last time of the schedule."""
    return int(moment.timestamp()) // PERIOD_S


def holders(jobs: Jobs) -> set[str]:
    """The runs that leased the engine."""
    return {call["argv"][3] for call in jobs.calls() if call["command"] == "lease"}


def unpause(airflow: LocalAirflow, dag_id: str, how: str) -> None:
    if how == "by the API":
        airflow.unpause(dag_id)
        return
    environment = {**os.environ, "AIRFLOW_HOME": str(airflow.home)}
    words = [sys.executable, "-m", "airflow", "dags", "unpause", "--yes"]
    pattern = ["--treat-dag-id-as-regex", f"{dag_id[:4]}.*"] if how == "by a pattern" else [dag_id]
    subprocess.run([*words, *pattern], env=environment, check=True, capture_output=True, timeout=PATIENCE_S)


@pytest.mark.parametrize("dag_id", DAG_IDS)
def test_unpausing_a_new_dag_does_nothing_for_a_time_before(airflow: LocalAirflow, jobs: Jobs, dag_id: str) -> None:
    how = {"upkeep_daily": "by command", "retrain_monthly": "by a pattern"}.get(dag_id, "by the API")
    before = datetime.now(UTC)

    unpause(airflow, dag_id, how)
    first = wait_for(lambda: next(iter(runs_of(airflow, dag_id)), None), A_RUN)
    ended = airflow.wait(dag_id, first["dag_run_id"], PATIENCE_S)
    airflow.pause(dag_id)

    if due(first) < before:  # else the schedule had a time just now
        assert ended.state == "success"
        assert {task.state for task in ended.tasks if task.task_id != "outcome"} == {"skipped"}
        assert f"{dag_id}.{ended.run_id}" not in holders(jobs)
        assert "was paused at" in "\n".join(airflow.task_log(dag_id, ended.run_id, "take_engine"))


def test_a_time_of_the_schedule_while_paused_is_left_out_and_the_next_one_is_run(
    airflow: LocalAirflow, jobs: Jobs
) -> None:
    dag_id = "monitor_daily"
    airflow.unpause(dag_id)
    _wait_for_work(airflow, jobs, dag_id, datetime.now(UTC))
    airflow.pause(dag_id)
    paused_at = datetime.now(UTC)
    wait_for(lambda: period(datetime.now(UTC)) != period(paused_at), "the next time of the schedule")
    unpaused_at = datetime.now(UTC)
    jobs.plan({})

    airflow.unpause(dag_id)
    _wait_for_work(airflow, jobs, dag_id, unpaused_at)

    left_out = [run for run in runs_of(airflow, dag_id) if paused_at < due(run) < unpaused_at]
    assert left_out, A_RUN
    for run in left_out:
        assert f"{dag_id}.{run['dag_run_id']}" not in holders(jobs)
    airflow.pause(dag_id)


def _wait_for_work(airflow: LocalAirflow, jobs: Jobs, dag_id: str, since: datetime) -> None:
    """Waits until a scheduled run that was due since then has leased the engine."""

    def worked() -> bool:
        later = {f"{dag_id}.{run['dag_run_id']}" for run in runs_of(airflow, dag_id) if due(run) >= since}
        return bool(later & holders(jobs))

    wait_for(worked, f"a run of {dag_id} due since {since} that does its work", lambda: runs_of(airflow, dag_id))


def test_a_run_for_a_time_before_runs_once_a_person_clears_it(airflow: LocalAirflow, jobs: Jobs) -> None:
    dag_id = "upkeep_daily"
    airflow.unpause(dag_id)
    skipped = wait_for(lambda: next(iter(runs_of(airflow, dag_id)), None), A_RUN)
    airflow.wait(dag_id, skipped["dag_run_id"], PATIENCE_S)
    jobs.plan({})

    body = {"dry_run": False, "only_failed": False}
    airflow.rest.post("dags", dag_id, "dagRuns", skipped["dag_run_id"], "clear", body=body)
    wait_for(lambda: "upkeep" in jobs.commands(), "a call of upkeep", jobs.commands)
    ended = airflow.wait(dag_id, skipped["dag_run_id"], PATIENCE_S)

    assert ended.state == "success"
    airflow.pause(dag_id)
