"""Compaction and clean-up of every table, every night."""

from __future__ import annotations

from datetime import timedelta

from _airflow_dag import LakeDag, late_after
from _alerts import run_failed
from _lake_job import BEGIN, OWNER, Step, by_clock, run_steps, runbook
from _run_time import as_of_param

LEASE = timedelta(hours=5)
DEADLINE = timedelta(hours=3)
STEPS = (Step("upkeep", ("upkeep",), timeout=timedelta(hours=2), retries=1),)

with LakeDag(
    dag_id="upkeep_daily",
    description="Compacts tables and removes files that no version in retention needs",
    schedule=by_clock("47 2 * * *"),
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LEASE,
    deadline=late_after(DEADLINE),
    on_failure_callback=run_failed,
    default_args={"owner": OWNER},
    tags=["assay", "upkeep"],
    params={"as_of": as_of_param()},
    doc_md=runbook(__file__),
):
    run_steps(STEPS, lease=LEASE)
