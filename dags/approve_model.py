"""A person's yes to a version that passed its gate, where the plant's policy asks for one; then champion and bundle."""

from __future__ import annotations

from datetime import timedelta

from _airflow_dag import LakeDag, late_after
from _alerts import run_failed
from _ask_person import AskPerson
from _lake_job import BEGIN, OWNER, Step, run_steps, runbook
from _run_time import as_of_param
from airflow.sdk import Param

WAIT = timedelta(days=14)
LEASE = timedelta(hours=8)
# A question may wait its turn: one is open at a time.
DEADLINE = 2 * WAIT + timedelta(hours=6)
ANSWER = "(ti.xcom_pull(task_ids='ask_person') or {})"
PROMOTE = (
    "promote",
    "--version={{ params.version }}",
    "--unless-taken-back",
    "--reason={{ params.reason }}",
    "--approved-by={{ (" + ANSWER + ".get('responded_by_user') or {}).get('name') or '' }}",
)
STEPS = (
    # The time of the promotion is that of the answer, not that of the question.
    Step("promote", PROMOTE, timeout=timedelta(minutes=30), retries=2, times=("as_of",)),
    Step("bundle", ("bundle", "build"), timeout=timedelta(minutes=30), retries=0, times=("as_of",)),
)

with LakeDag(
    dag_id="approve_model",
    description="Asks a person whether a version becomes champion, then builds its bundle",
    schedule=None,
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=2 * WAIT + LEASE,
    deadline=late_after(DEADLINE),
    on_failure_callback=run_failed,
    default_args={"owner": OWNER},
    tags=["assay", "model"],
    params={
        "version": Param(type="string", minLength=1, title="Version", description="The version that passed its gate."),
        "reason": Param("asked by hand", type="string", title="Reason", description="Stored in the registry."),
        "as_of": as_of_param(),
    },
    doc_md=runbook(__file__),
):
    question = AskPerson(
        task_id="ask_person",
        subject="May version {{ params.version }} become champion?",
        body="{{ params.reason }}. Read `assay models show {{ params.version }}` and its model card before you answer.",
        response_timeout=WAIT,
        owner=OWNER,
    )
    run_steps(STEPS, lease=LEASE, first=question)
