"""Every DAG once, in the order of the data, with a line for each task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jobs.airflow_local.service import LocalAirflow
from jobs.airflow_local.states import RunState, TaskState

# The longest a DAG of ours may take before it fails by itself (`retrain_monthly`).
RUN_TIMEOUT_S = 8 * 3600.0
ASSET_TIMEOUT_S = 900.0
LOG_LINES = 25
TRIGGERED = ("monitor_daily", "upkeep_daily", "retrain_monthly")
CONSUMER = "gold_on_silver"


def run_all(
    airflow: LocalAirflow, conf: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]], say: Callable[[str], None]
) -> tuple[RunState, ...]:
    """Runs `ingest_hourly`, with it `gold_on_silver` by its asset, then the others; stops after the first red run.

    Args:
        airflow: Started with ``ASSAY_DAG_CLOCK=off``, so that no run starts by the clock.
        conf: Parameters of every run.
        own: Parameters of one DAG by its id.
        say: Takes the lines for a person.

    Returns:
        The runs in their order.
    """
    for dag_id in ("ingest_hourly", CONSUMER, *TRIGGERED):
        airflow.unpause(dag_id)
    known = set(airflow.run_ids(CONSUMER))
    runs = [_run(airflow, "ingest_hourly", {**conf, **own.get("ingest_hourly", {})}, say)]
    if runs[0].state == "success":
        runs += _consumer(airflow, runs[0], known, say)
    for dag_id in TRIGGERED:
        if runs[-1].state != "success":
            break
        runs.append(_run(airflow, dag_id, {**conf, **own.get(dag_id, {})}, say))
    return tuple(runs)


def _run(airflow: LocalAirflow, dag_id: str, conf: Mapping[str, Any], say: Callable[[str], None]) -> RunState:
    run = airflow.wait(dag_id, airflow.trigger(dag_id, conf), RUN_TIMEOUT_S)
    _tell(airflow, run, say)
    return run


def _consumer(airflow: LocalAirflow, producer: RunState, known: set[str], say: Callable[[str], None]) -> list[RunState]:
    if producer.task("announce_silver").state == "skipped":
        say(f"{CONSUMER}: not started, silver did not change")
        return []
    run = airflow.wait(CONSUMER, airflow.wait_for_new_run(CONSUMER, known, ASSET_TIMEOUT_S), RUN_TIMEOUT_S)
    _tell(airflow, run, say)
    return [run]


def _tell(airflow: LocalAirflow, run: RunState, say: Callable[[str], None]) -> None:
    for task in run.tasks:
        say(f"{run.dag_id:<16} {task.task_id:<16} {task.state:<16} {task.duration_s:7.1f} s")
    if run.note:
        say(f"{run.dag_id}: {run.note}")
    for task in run.tasks:
        if task.state == "failed":
            _tell_log(airflow, run, task, say)


def _tell_log(airflow: LocalAirflow, run: RunState, task: TaskState, say: Callable[[str], None]) -> None:
    say(f"--- the end of the log of {run.dag_id}.{task.task_id}")
    for line in airflow.task_log(run.dag_id, run.run_id, task.task_id, task.try_number)[-LOG_LINES:]:
        say(f"    {line}")
