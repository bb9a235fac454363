"""Landing to bronze to silver, every hour."""

from __future__ import annotations

from datetime import timedelta

from _airflow_dag import LakeDag, late_after
from _alerts import run_failed
from _lake_job import BEGIN, OWNER, SILVER, Announce, Step, by_clock, run_steps, runbook
from _run_time import as_of_param, files_until_param

LEASE = timedelta(hours=4)
DEADLINE = timedelta(minutes=50)
STEPS = (
    # What lies in the future is decided by the clock at which a file was admitted, not by the time of the run.
    Step("ingest", ("ingest",), timeout=timedelta(minutes=60), retries=2, times=("as_of", "files_until")),
    # A mapping that is wrong fails ingest, but the other files were read: they shall not wait for it.
    Step("silver", ("silver",), timeout=timedelta(minutes=60), retries=2, times=("as_of",), runs_after_failure=True),
)

with LakeDag(
    dag_id="ingest_hourly",
    description="New files become bronze, new bronze becomes silver",
    schedule=by_clock("7 * * * *"),
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LEASE,
    deadline=late_after(DEADLINE),
    on_failure_callback=run_failed,
    default_args={"owner": OWNER},
    tags=["assay", "data"],
    params={"as_of": as_of_param(), "files_until": files_until_param()},
    doc_md=runbook(__file__),
):
    announce = Announce(
        task_id="announce_silver",
        asset=SILVER,
        after="silver",
        retries=2,
        retry_delay=timedelta(seconds=15),
        execution_timeout=timedelta(minutes=1),
        owner=OWNER,
    )
    run_steps(STEPS, lease=LEASE, then=announce)
