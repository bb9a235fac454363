"""Runs of DAGs as the demo starts them: each is waited for, and its tasks are shown."""

from collections.abc import Callable

from jobs.airflow_local import LocalAirflow
from jobs.airflow_local.states import RunState

RUN_TIMEOUT_S, ASSET_TIMEOUT_S = 7200.0, 900.0
Say = Callable[[str], None]


class DemoError(Exception):
    """A step of the demo did not end well."""


def run_dag(airflow: LocalAirflow, dag_id: str, conf: dict[str, object], say: Say) -> RunState:
    """Start a DAG and wait for its end.

    Raises:
        DemoError: The run did not end well; what its task logged was shown.
    """
    run = airflow.wait(dag_id, airflow.trigger(dag_id, conf), RUN_TIMEOUT_S)
    _show(run, airflow, say)
    return run


def started_by(airflow: LocalAirflow, dag_id: str, known: set[str], say: Say) -> RunState:
    """Wait for the end of a run that something else starts, and that is none of those known. Raises: as `run_dag`."""
    run = airflow.wait(dag_id, airflow.wait_for_new_run(dag_id, known, ASSET_TIMEOUT_S), RUN_TIMEOUT_S)
    _show(run, airflow, say)
    return run


def ingest(airflow: LocalAirflow, as_of: str, say: Say) -> None:
    """The ingest DAG, and the gold DAG that its asset starts. Raises: as `run_dag`."""
    known = set(airflow.run_ids("gold_on_silver"))
    run_dag(airflow, "ingest_hourly", {"as_of": as_of}, say)
    started_by(airflow, "gold_on_silver", known, say)


def check_bundled(training: RunState) -> None:
    """A refused model is a green run without a bundle; the demo has nothing to show then.

    Raises:
        DemoError: The gate refused the model.
    """
    if training.task("bundle").state == "skipped":
        raise DemoError(
            f"the gate let no model through: {training.note or 'its reasons are in gold.gate_decisions'}; "
            "with more --days or --rounds there is more to learn from"
        )


def _show(run: RunState, airflow: LocalAirflow, say: Say) -> None:
    for task in run.tasks:
        say(f"  {run.dag_id:<16} {task.task_id:<16} {task.state:<10} {task.duration_s:6.1f} s")
    if run.state == "success":
        return
    for task in run.tasks:
        if task.state == "failed":
            for line in airflow.task_log(run.dag_id, run.run_id, task.task_id, task.try_number)[-25:]:
                say(f"    {line}")
    raise DemoError(f"the run of {run.dag_id} ended {run.state}")
