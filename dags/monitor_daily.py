"""Quality and freshness of every table, every morning."""

from __future__ import annotations

from datetime import timedelta

from _lake_job import BEGIN, OWNER, Step, as_of_param, by_clock, run_steps, runbook
from airflow.sdk import DAG

LEASE = timedelta(hours=3)
STEPS = (Step("quality", ("quality",), timeout=timedelta(minutes=45), retries=2),)

with DAG(
    dag_id="monitor_daily",
    description="Checks quality and freshness of all tables",
    schedule=by_clock("17 5 * * *"),
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LEASE,
    default_args={"owner": OWNER},
    tags=["assay", "watch"],
    params={"as_of": as_of_param()},
    doc_md=runbook(__file__),
):
    run_steps(STEPS, lease=LEASE)
