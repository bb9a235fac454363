"""What every DAG here shares: one command of ours as a task, steps in a row, the engine's lease around them.

Airflow decides when; the commands decide what is read and written. Nothing of the project is imported: a command is a
process of the project's interpreter (``ASSAY_PYTHON``, by default Airflow's own), so that Airflow needs no Spark.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from _child import Child, Finished
from _command import PROJECT, command_line, job_environment
from _run_note import write_note
from _run_outcome import REASON_KEY, RunOutcome
from _run_rules import refuse_unknown_parameters, skip_before_unpausing
from _run_time import as_of, given_time
from _start_run import StartRun
from airflow.sdk import Asset, BaseOperator, Context, chain
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
)

OWNER = "assay"
WRITER_POOL = "lake_writer"
# Earlier than any record of our plants, so that a backfill may reach back to all of them.
BEGIN = datetime(2015, 1, 1, tzinfo=UTC)
RETRY_DELAY = timedelta(minutes=1)
TAKE_ENGINE = "take_engine"
WENT_ON_KEY = "went_on"
SILVER = Asset(name="silver", uri="assay://silver")

EXIT_DONE, EXIT_USAGE, EXIT_REFUSED = 0, 2, 3


class Refusal(Enum):
    """What a refused gate (exit code 3) means for the run."""

    FAILS = "the task fails, without a retry: the data have to be looked at"
    SKIPS_REST = "the task is done, what follows is skipped: 'no' is an answer"


@dataclass(frozen=True, slots=True)
class Step:
    """One task of a DAG: a command of `assay`.

    Attributes:
        command: Sub-command and flags; Jinja templates allowed. `--json` is added, and times as `times` says.
        timeout: Longest run of one try.
        retries: Tries after the first, for failures that another try can repair.
        refusal: What exit code 3 means.
        times: Parameters of the run that hold a time and become an option of that name where a person gave one. Where
            `as_of` is not among them the command always gets `--as-of`, by default the run's own time.
        runs_after_failure: Whether it runs, too, where the step before it failed after a part of its work (exit code 2
            with reasons in its report). The run has failed all the same.
    """

    task_id: str
    command: tuple[str, ...]
    timeout: timedelta
    retries: int
    refusal: Refusal = Refusal.FAILS
    times: tuple[str, ...] = ()
    runs_after_failure: bool = False


class LakeCommand(BaseOperator):  # type: ignore[misc] # Airflow comes without types for us
    """Runs `assay <command>`; its exit code decides the task, its report is the task's XCom.

    Exit code 0 is done, 2 (usage) fails without a retry, 3 (refused) is handled by ``refusal``, all others are retried.
    """

    template_fields: Sequence[str] = ("command",)
    ui_color = "#dfe8f1"

    def __init__(
        self,
        *,
        command: Sequence[str],
        is_job: bool = True,
        refusal: Refusal = Refusal.FAILS,
        times: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.command = list(command)
        self.is_job = is_job
        self.refusal = refusal
        self.times = tuple(times)
        self._child: Child | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """The report of the command, `{}` when it gave none.

        Raises:
            AirflowException: The command failed, or the run was given a parameter that the DAG does not know. Why it
                failed is left for the run's last task, as an XCom.
        """
        try:
            refuse_unknown_parameters(context)
            return self._run(context)
        except AirflowException as error:
            context["ti"].xcom_push(key=REASON_KEY, value=str(error))
            if not isinstance(error, DownstreamTasksSkipped | AirflowSkipException):
                self.log.warning("%s", error)
            raise

    def _run(self, context: Context) -> dict[str, Any]:
        argv = command_line([*self.command, *self._added(context)])
        self.log.info("$ %s", shlex.join(argv))
        # A job's failure is the run's to report, once no try is left.
        ours = {"ASSAY_DAG_RUN": f"{self.dag_id} {context['run_id']}"}
        self._child = Child(argv, cwd=PROJECT, environment=job_environment(os.environ) | ours)
        finished = self._child.run(lambda line: self.log.info("%s", line))
        return self._outcome_of(finished, context)

    def _added(self, context: Context) -> list[str]:
        if not self.is_job:
            return []
        words = [] if "as_of" in self.times else ["--as-of", as_of(context)]
        for name in self.times:
            if moment := given_time(context, name):
                words += [f"--{name.replace('_', '-')}", moment]
        return [*words, "--json"]

    def on_kill(self) -> None:
        """Ends the command with all it started: the task was stopped or ran out of time."""
        if self._child is not None:
            self._child.end()

    def _outcome_of(self, finished: Finished, context: Context) -> dict[str, Any]:
        report = finished.report
        name = " ".join(word for word in self.command[:2] if not word.startswith("-"))
        if finished.code == EXIT_REFUSED:
            return self._refused(f"{name} refused: {reason(finished)}", report, context)
        if finished.code == EXIT_USAGE:
            if report.get("reasons"):
                # It did what it could, and says what it could not do: what follows it has something to do.
                context["ti"].xcom_push(key=WENT_ON_KEY, value=True)
            raise AirflowFailException(f"{name}: exit code 2, wrong usage or settings: {reason(finished)}")
        if finished.code != EXIT_DONE:
            raise AirflowException(f"{name}: exit code {finished.code}: {reason(finished)}")
        if context["ti"].try_number > 1:
            # A try before this one may have committed and died: what changed since then is not the whole change.
            report.pop("changed", None)
        return report

    def _refused(self, message: str, report: dict[str, Any], context: Context) -> dict[str, Any]:
        if self.refusal is Refusal.FAILS:
            raise AirflowFailException(message)
        rest = sorted(
            task.task_id for task in self.downstream_list if isinstance(task, LakeCommand) and not task.is_teardown
        )
        self.log.warning("%s; skipped: %s", message, ", ".join(rest) or "nothing")
        context["ti"].xcom_push(key="return_value", value={**report, "refused": message})
        try:
            write_note(self.dag_id, context["run_id"], message)
        except (OSError, ValueError) as error:
            self.log.warning("the run's note was not written (%s); the reason is above", error)
        raise DownstreamTasksSkipped(tasks=rest)


class AfterFailure(LakeCommand):
    """A step that runs after one that failed but did a part of its work; skipped where that did nothing."""

    def _run(self, context: Context) -> dict[str, Any]:
        (before,) = self.upstream_task_ids
        pull = context["ti"].xcom_pull
        if pull(task_ids=before) is None and not pull(task_ids=before, key=WENT_ON_KEY):
            raise AirflowSkipException(f"{before} did nothing that {self.task_id} could go on with")
        return super()._run(context)


class LeaseEngine(LakeCommand):
    """The first task of a run: leases the engine, unless the run is for a time before its DAG was unpaused."""

    def _run(self, context: Context) -> dict[str, Any]:
        skip_before_unpausing(context, self.log.warning)
        return super()._run(context)


class Announce(BaseOperator):  # type: ignore[misc] # Airflow comes without types for us
    """Tells the consumers of an asset that a task changed it; skipped when that task's report says `changed: false`."""

    ui_color = "#e6f0df"

    def __init__(self, *, asset: Asset, after: str, **kwargs: Any) -> None:
        super().__init__(outlets=[asset], **kwargs)
        self.asset = asset
        self.after = after

    def execute(self, context: Context) -> None:
        """Emits the event, with the time that the data are as of."""
        report = context["ti"].xcom_pull(task_ids=self.after) or {}
        if report.get("changed") is False:
            raise AirflowSkipException(f"{self.after} changed nothing: {self.asset.name} is not announced")
        context["outlet_events"][self.asset].extra = {"as_of": as_of(context)}


def reason(finished: Finished) -> str:
    """Why a command did not do what it was asked: its report's own words, else its last line."""
    given = finished.report.get("reasons") or finished.report.get("error")
    if isinstance(given, list):
        given = "; ".join(str(part) for part in given)
    return str(given or finished.last_line or "it gave no reason")


def by_clock(schedule: Any) -> Any:
    """The schedule, or none where ``ASSAY_DAG_CLOCK=off``: the demo starts each run itself, at its plant's own time."""
    return None if os.environ.get("ASSAY_DAG_CLOCK") == "off" else schedule


def runbook(dag_file: str) -> str:
    """The page of a DAG: `docs/<dag>.md` beside it."""
    path = Path(dag_file).resolve()
    return (path.parent / "docs" / f"{path.stem}.md").read_text(encoding="utf-8")


def run_steps(
    steps: Sequence[Step], *, lease: timedelta, first: BaseOperator | None = None, then: StartRun | None = None
) -> None:
    """The steps as tasks in a row, between a task that leases the engine and one that gives it back whatever happens.

    The last task of all, `outcome`, fails where any other failed.

    Args:
        steps: In order; all share the pool of the lake's writers.
        lease: How long the engine is held at most, should giving it back fail too; the DAG's own timeout.
        first: A task before the engine is leased.
        then: May start another DAG, after the step whose answer it reads.
    """
    # Run ids repeat between DAGs (`scheduled__<date>`), leases must not.
    holder = "{{ dag.dag_id }}.{{ run_id }}"
    hours = int(lease.total_seconds() // 3600)
    take = _engine(LeaseEngine, TAKE_ENGINE, "lease", "--run-id", holder, "--ttl", f"{hours}h")
    give_back = _engine(LakeCommand, "release_engine", "release", "--run-id", holder)
    jobs = [_task(step) for step in steps]
    outcome = RunOutcome(
        retries=2,
        retry_delay=timedelta(seconds=15),
        execution_timeout=timedelta(minutes=5),
        owner=OWNER,
    )
    chain(take, *jobs, give_back.as_teardown(setups=take), outcome)
    if first is not None:
        chain(first, take)
    if then is not None:
        chain(next(job for job in jobs if job.task_id == then.after), then, outcome)


def _task(step: Step) -> LakeCommand:
    operator = AfterFailure if step.runs_after_failure else LakeCommand
    return operator(
        task_id=step.task_id,
        command=step.command,
        refusal=step.refusal,
        times=step.times,
        retries=step.retries,
        retry_delay=RETRY_DELAY,
        execution_timeout=step.timeout,
        trigger_rule="all_done" if step.runs_after_failure else "all_success",
        pool=WRITER_POOL,
        owner=OWNER,
    )


def _engine(operator: type[LakeCommand], task_id: str, *command: str) -> LakeCommand:
    return operator(
        task_id=task_id,
        command=("engine", *command),
        is_job=False,
        retries=2,
        retry_delay=timedelta(seconds=15),
        execution_timeout=timedelta(minutes=5),
        owner=OWNER,
    )
