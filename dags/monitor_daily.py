"""Quality and freshness of every table, and drift, every morning."""

from __future__ import annotations

from datetime import timedelta

from _airflow_dag import LakeDag, late_after
from _alerts import run_failed
from _lake_job import BEGIN, OWNER, Step, by_clock, run_steps, runbook
from _run_time import as_of_param
from _start_run import StartRun

LEASE = timedelta(hours=3)
DEADLINE = timedelta(hours=1)
STEPS = (
    Step("quality", ("quality",), timeout=timedelta(minutes=45), retries=2),
    Step("drift", ("drift",), timeout=timedelta(minutes=60), retries=2),
)

with LakeDag(
    dag_id="monitor_daily",
    description="Checks quality and freshness of all tables, and what drifts; may start a training",
    schedule=by_clock("17 5 * * *"),
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LEASE,
    deadline=late_after(DEADLINE),
    on_failure_callback=run_failed,
    default_args={"owner": OWNER},
    tags=["assay", "watch"],
    params={"as_of": as_of_param()},
    doc_md=runbook(__file__),
):
    retrain = StartRun(
        task_id="start_retraining",
        dag_to_start="retrain_monthly",
        after="drift",
        asked="retrain",
        owner=OWNER,
    )
    run_steps(STEPS, lease=LEASE, then=retrain)
