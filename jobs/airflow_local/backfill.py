"""A run for each past time of a DAG's schedule, one after the other, through Airflow's API.

`airflow backfill create` makes all runs in one transaction that reads before it writes; SQLite refuses that as soon as
another process, the scheduler, has written in between ("database is locked"), and Airflow says that it does not support
it there. One run at a time is asked for here; the request is sent again while the database is locked.
"""

from __future__ import annotations

from collections.abc import Callable

from jobs.airflow_local.service import LocalAirflow

# The longest a DAG of ours may take before it fails by itself (`retrain_monthly`), and as long again to wait its turn.
RUN_TIMEOUT_S = 16 * 3600.0


def backfill(airflow: LocalAirflow, dag_id: str, begin: str, end: str, say: Callable[[str], None]) -> bool:
    """Runs a DAG for every time of its schedule in a range that has no run yet; the oldest first, both ends included.

    Args:
        airflow: One that runs.
        dag_id: An unpaused DAG with a clock schedule.
        begin: ISO 8601; without a zone it is UTC.
        end: The same.
        say: Takes a line for each run.

    Returns:
        Whether every run succeeded; the first that failed is the last that was started.

    Raises:
        ApiError: Airflow does not answer, or refuses: the DAG is unknown or has no clock, the range has no time.
        RunTimeoutError: A run did not end.
    """
    times = airflow.times_without_run(dag_id, begin, end)
    if not times:
        say(f"{dag_id}: every time from {begin} to {end} has a run; clear a run to have it again")
    for moment in times:
        run_id = airflow.trigger(dag_id, logical_date=moment)
        state = airflow.wait(dag_id, run_id, RUN_TIMEOUT_S).state
        say(f"{dag_id} {moment}: {state}")
        if state != "success":
            return False
    return True
