"""Silver to gold and fresh scores, whenever silver changed."""

from __future__ import annotations

from datetime import timedelta

from _lake_job import BEGIN, OWNER, SILVER, Step, as_of_param, by_clock, run_steps, runbook
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

LEASE = timedelta(hours=4)
STEPS = (
    Step("gold", ("gold",), timeout=timedelta(minutes=60), retries=2),
    Step("score", ("score",), timeout=timedelta(minutes=60), retries=2),
)
# Once a day without news from silver too: a silent plant's last hours close only with the clock, and an announcement
# that was lost (a task killed between its commit and its report) is made good.
DAILY = CronTriggerTimetable("37 1 * * *", timezone="UTC")

with DAG(
    dag_id="gold_on_silver",
    description="New silver becomes gold, new features are scored",
    schedule=AssetOrTimeSchedule(timetable=DAILY, assets=[SILVER]) if by_clock(DAILY) else [SILVER],
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LEASE,
    default_args={"owner": OWNER},
    tags=["assay", "data", "model"],
    params={"as_of": as_of_param()},
    doc_md=runbook(__file__),
):
    run_steps(STEPS, lease=LEASE)
