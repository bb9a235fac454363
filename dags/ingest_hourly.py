"""Landing to bronze to silver, every hour."""

from __future__ import annotations

from datetime import timedelta

from _lake_job import BEGIN, OWNER, SILVER, Announce, Step, as_of_param, by_clock, run_steps, runbook
from airflow.sdk import DAG

LEASE = timedelta(hours=4)
STEPS = (
    Step("ingest", ("ingest",), timeout=timedelta(minutes=60), retries=2),
    Step("silver", ("silver",), timeout=timedelta(minutes=60), retries=2),
)

with DAG(
    dag_id="ingest_hourly",
    description="New files become bronze, new bronze becomes silver",
    schedule=by_clock("7 * * * *"),
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LEASE,
    default_args={"owner": OWNER},
    tags=["assay", "data"],
    params={"as_of": as_of_param()},
    doc_md=runbook(__file__),
):
    silver = run_steps(STEPS, lease=LEASE)[-1]
    announce = Announce(
        task_id="announce_silver",
        asset=SILVER,
        after="silver",
        retries=2,
        retry_delay=timedelta(seconds=15),
        execution_timeout=timedelta(minutes=1),
        owner=OWNER,
    )
    silver >> announce
