"""A challenger every month, promoted if the gates agree, and its bundle."""

from __future__ import annotations

from datetime import timedelta

from _airflow_dag import LakeDag, late_after
from _alerts import run_failed
from _lake_job import BEGIN, OWNER, Refusal, Step, by_clock, run_steps, runbook
from _run_time import as_of_param
from _start_run import StartRun
from airflow.sdk import Param

LEASE = timedelta(hours=8)
DEADLINE = timedelta(hours=6)
TRAIN = (
    "train",
    "--horizon={{ params.horizon }}",
    "--rounds={{ params.rounds or '' }}",
    "--seed={{ params.seed }}",
    "--set={{ params.parameters or '' }}",
    "--reason={{ params.reason }}",
    "--approved-by={{ params.approved_by or '' }}",
)
STEPS = (
    # Training is a function of table versions, parameters and seed: what failed once fails again, hours later.
    Step("train", TRAIN, timeout=timedelta(hours=4), retries=0),
    Step(
        "promote",
        ("promote", "--reason={{ params.reason }}"),
        timeout=timedelta(minutes=30),
        retries=2,
        refusal=Refusal.SKIPS_REST,
    ),
    # It compiles, signs and proves files on this machine: nothing that another try would mend.
    Step("bundle", ("bundle", "build"), timeout=timedelta(minutes=30), retries=0),
)

with LakeDag(
    dag_id="retrain_monthly",
    description="Trains a challenger, lets the gates decide, builds the champion's bundle",
    schedule=by_clock("7 3 1 * *"),
    start_date=BEGIN,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=LEASE,
    deadline=late_after(DEADLINE),
    on_failure_callback=run_failed,
    default_args={"owner": OWNER},
    tags=["assay", "model"],
    params={
        # Which of them a plant has labels for stands in its profile: `assay train` refuses the others by name.
        "horizon": Param(
            "24h",
            type="string",
            pattern="^[1-9][0-9]*(min|h|d)$",
            examples=["24h", "7d", "28d"],
            title="Horizon",
            description="How far ahead to warn: one of the profile's label horizons, such as 24h, 7d or 28d.",
        ),
        # The limits are those of `assay train`; a test compares them.
        "rounds": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=10_000,
            title="Trees",
            description="Boosting rounds. Empty: those of the plant's policy.",
        ),
        "seed": Param(
            20150101,
            type="integer",
            minimum=0,
            maximum=2_147_483_647,
            title="Seed",
            description="The same seed, the same model.",
        ),
        "parameters": Param(
            None,
            type=["null", "string"],
            pattern="^ *([a-z]+[.][a-z_]+ *= *[0-9.eE+-]+ *(, *|$))*$",
            title="Other parameters",
            description="Such as failure.eta=0.05, failure.max_depth=4. Empty: those of the plant's policy.",
        ),
        "reason": Param("monthly", type="string", title="Reason", description="Stored in the registry."),
        "approved_by": Param(
            None,
            type=["null", "string"],
            title="Approved by",
            description="The person who says yes for a plant with too few failures. Empty: the failures decide.",
        ),
        "as_of": as_of_param(),
    },
    doc_md=runbook(__file__),
):
    approval = StartRun(
        task_id="start_approval",
        dag_to_start="approve_model",
        after="promote",
        asked="approval",
        hands_on=("version", "reason"),
        hands_clock=False,
        named_by="version",
        owner=OWNER,
    )
    run_steps(STEPS, lease=LEASE, then=approval)
