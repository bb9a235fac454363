"""Silver to gold and fresh scores, whenever silver changed."""

from __future__ import annotations

from datetime import timedelta

from _airflow_dag import LakeDag, late_after
from _alerts import run_failed
from _lake_job import BEGIN, OWNER, SILVER, Step, by_clock, run_steps, runbook
from _run_time import as_of_param
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable

LEASE = timedelta(hours=4)
DEADLINE = timedelta(hours=2)
STEPS = (
    Step("gold", ("gold",), timeout=timedelta(minutes=60), retries=2),
    Step("score", ("score",), timeout=timedelta(minutes=60), retries=2),
)
# Once a day without news from silver too: a silent plant's last hours close only with the clock, and an announcement
# that was lost (a task killed between its commit and its report) is made good.
DAILY = CronTriggerTimetable("37 1 * * *", timezone="UTC")

with LakeDag(
    dag_id="gold_on_silver",
    description="New silver becomes gold, new features are scored",
    schedule=AssetOrTimeSchedule(timetable=DAILY, assets=[SILVER]) if by_clock(DAILY) else [SILVER],
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LEASE,
    deadline=late_after(DEADLINE),
    on_failure_callback=run_failed,
    default_args={"owner": OWNER},
    tags=["assay", "data", "model"],
    params={"as_of": as_of_param()},
    doc_md=runbook(__file__),
):
    run_steps(STEPS, lease=LEASE)
