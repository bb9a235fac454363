"""The state of a run, for every DAG and every task of it failing in turn: real runs in one process, by `dag.test()`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("airflow")

from _run_outcome import RunOutcome

from jobs.airflow_local.migration import DATABASE
from tests.support.airflow_home import migrated_home
from tests.support.airflow_jobs import Jobs

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

DAGS = Path(__file__).resolve().parents[2] / "dags"
TASKS = {
    "ingest_hourly": ("take_engine", "ingest", "silver", "release_engine", "announce_silver", "outcome"),
    "gold_on_silver": ("take_engine", "gold", "score", "release_engine", "outcome"),
    "monitor_daily": ("take_engine", "quality", "drift", "release_engine", "start_retraining", "outcome"),
    "upkeep_daily": ("take_engine", "upkeep", "release_engine", "outcome"),
    "retrain_monthly": ("take_engine", "train", "promote", "bundle", "release_engine", "start_approval", "outcome"),
}
WAITS = "approve_model"  # for a person, whom a real scheduler wakes it for: tests/jobs/airflow_local
COMMANDS = {"take_engine": "lease", "release_engine": "release"}
OURS = ("announce_silver", "start_retraining", "start_approval", "outcome")
# Every task of one DAG, and of the others those that are no command, by a failure that is not tried again; commands of
# the others fail so under a real scheduler (tests/jobs/airflow_local). The first job of each by those that are.
USAGE, TRIED_AGAIN = {"code": 2}, {"unexpected": {"code": 1}, "killed": {"signal": 9}}
FAILURES = [
    *(
        pytest.param(dag_id, task_id, USAGE, id=f"{dag_id}-{task_id}-usage")
        for dag_id, tasks in TASKS.items()
        for task_id in tasks
        if dag_id == "ingest_hourly" or task_id in OURS
    ),
    *(
        pytest.param(dag_id, tasks[1], how, id=f"{dag_id}-{tasks[1]}-{name}")
        for dag_id, tasks in TASKS.items()
        for name, how in TRIED_AGAIN.items()
    ),
]


@pytest.fixture(scope="module", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Airflow's tables in the home of these tests."""
    shutil.copy(migrated_home(tmp_path_factory) / DATABASE, os.environ["AIRFLOW_HOME"])


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    made = Jobs(tmp_path)
    monkeypatch.setenv("ASSAY_PYTHON", str(made.python))
    return made


@pytest.fixture
def quick(dag_bag: Any) -> Iterator[Any]:
    """The DAGs, whose failed tasks are tried again at once."""
    delays = {task: task.retry_delay for dag in dag_bag.dags.values() for task in dag.tasks}
    for task in delays:
        task.retry_delay = timedelta(0)
    yield dag_bag
    for task, delay in delays.items():
        task.retry_delay = delay


def run(dag: Any, conf: dict[str, Any] | None = None) -> tuple[str, dict[str, str]]:
    """The state of a run and of each of its tasks."""
    done = dag.test(logical_date=None, run_conf=conf)
    return str(done.state), {instance.task_id: str(instance.state) for instance in done.get_task_instances()}


def test_the_table_of_tasks_is_whole(dag_bag: Any) -> None:
    assert {dag_id: {*tasks} for dag_id, tasks in TASKS.items()} == {
        dag_id: {task.task_id for task in dag.tasks} for dag_id, dag in dag_bag.dags.items() if dag_id != WAITS
    }


@pytest.mark.parametrize("dag_id", TASKS)
def test_a_run_of_which_every_task_is_done_is_a_success_and_reported_as_one(
    quick: Any, jobs: Jobs, dag_id: str
) -> None:
    state, tasks = run(quick.dags[dag_id])

    assert state == "success"
    assert set(tasks.values()) == {"success"}
    (report,) = jobs.reports()
    assert (report["dag"], report["outcome"]) == (dag_id, "success")


@pytest.mark.parametrize(("dag_id", "task_id", "how"), FAILURES)
def test_a_run_of_which_any_task_fails_has_failed(
    quick: Any, jobs: Jobs, dag_id: str, task_id: str, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs.plan({COMMANDS.get(task_id, task_id): how})
    operator = type(quick.dags[dag_id].get_task(task_id))
    if operator.__name__ in ("Announce", "StartRun", "RunOutcome"):
        monkeypatch.setattr(operator, "execute", lambda _self, _context: 1 / 0)

    state, tasks = run(quick.dags[dag_id])

    assert state == "failed", tasks
    assert tasks[task_id] == "failed"
    if operator is not RunOutcome:
        # Once: Airflow's callback, which knows less, leaves alone what the last task has reported.
        (report,) = jobs.reports()
        assert (report["dag"], report["outcome"], report["task"]) == (dag_id, "failed", task_id)


@pytest.mark.parametrize("dag_id", TASKS)
def test_a_parameter_that_the_dag_does_not_know_fails_the_run_before_any_command(
    quick: Any, jobs: Jobs, dag_id: str
) -> None:
    state, tasks = run(quick.dags[dag_id], {"round": 40})

    assert state == "failed", tasks
    assert jobs.commands() == ["report-run"]
    assert "unknown parameter 'round'; legal are " in jobs.reports()[0]["detail"]


def test_a_failed_ingest_fails_the_run_and_silver_brings_in_what_was_read(quick: Any, jobs: Jobs) -> None:
    jobs.plan({"ingest": {"code": 2, "report": {"reasons": ["mapping oil.toml: unknown metric 'temprature'"]}}})

    state, tasks = run(quick.dags["ingest_hourly"])

    assert (state, tasks["ingest"]) == ("failed", "failed")
    assert (tasks["silver"], tasks["announce_silver"], tasks["outcome"]) == ("success", "success", "failed")
    (report,) = jobs.reports()
    assert (report["outcome"], report["task"]) == ("failed", "ingest")
    assert "oil.toml" in report["detail"]


@pytest.mark.parametrize("how", [{"code": 1}, {"code": 2}])
def test_silver_does_not_run_where_the_engine_was_not_leased(quick: Any, jobs: Jobs, how: dict[str, Any]) -> None:
    jobs.plan({"lease": how})

    state, tasks = run(quick.dags["ingest_hourly"])

    assert (state, tasks["ingest"], tasks["silver"]) == ("failed", "upstream_failed", "upstream_failed")


def test_a_refused_model_gate_leaves_the_run_a_success_without_a_bundle(quick: Any, jobs: Jobs) -> None:
    jobs.plan({"promote": {"code": 3, "report": {"reasons": ["recall 0.50 is below 0.75"]}}})

    state, tasks = run(quick.dags["retrain_monthly"])

    assert (state, tasks["bundle"]) == ("success", "skipped")
    assert [report["outcome"] for report in jobs.reports()] == ["success"]


def test_an_unchanged_silver_leaves_the_run_a_success(quick: Any, jobs: Jobs) -> None:
    jobs.plan({"silver": {"report": {"changed": False}}})

    state, tasks = run(quick.dags["ingest_hourly"])

    assert (state, tasks["announce_silver"]) == ("success", "skipped")
