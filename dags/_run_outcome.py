"""The last task of every run: it fails where a task of the run failed, and reports the run to `assay alerts`.

Airflow decides a run by its last tasks alone, and a tear-down that counts hides those before it: a failed job would end
in a green run. This task comes after all others and looks at each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from _alerts import LAST_TASK, REPORTED_KEY, report_run
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException

REASON_KEY = "reason"
GOOD = ("success", "skipped", "removed")


class RunOutcome(BaseOperator):  # type: ignore[misc] # Airflow comes without types for us
    """Fails where any other task of the run is neither done nor skipped; reports the run in both cases."""

    ui_color = "#f0e6df"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(task_id=LAST_TASK, trigger_rule="all_done", **kwargs)

    def execute(self, context: Context) -> None:
        """Reports the run, then fails where it failed. A run of which every task was skipped did nothing: no report.

        Raises:
            AirflowFailException: With each task that is not done and its state.
        """
        instance = context["ti"]
        run_id = str(context["run_id"])
        states = instance.get_task_states(dag_id=self.dag_id, run_ids=[run_id]).get(run_id, {})
        order = [task.task_id for task in context["dag"].topological_sort() if task.task_id != self.task_id]
        bad = not_done(order, states)
        if not bad:
            if any(states.get(task_id) == "success" for task_id in order):
                report_run(self.dag_id, run_id, "success", log=self.log.info)
            return
        failed = ", ".join(f"{task_id} {state}" for task_id, state in bad.items())
        culprit = first_failed(bad)
        reason = instance.xcom_pull(task_ids=culprit, key=REASON_KEY) or failed
        if report_run(self.dag_id, run_id, "failed", task=culprit, detail=str(reason), log=self.log.info):
            instance.xcom_push(key=REPORTED_KEY, value=True)
        raise AirflowFailException(f"the run failed: {failed}")


def not_done(order: Sequence[str], states: Mapping[str, Any]) -> dict[str, str]:
    """The tasks that are neither done nor skipped, with their states, in order; one without a state counts."""
    return {task_id: str(states.get(task_id)) for task_id in order if str(states.get(task_id)) not in GOOD}


def first_failed(bad: Mapping[str, str]) -> str:
    """The first task that failed of itself; else the first that is not done."""
    return next((task_id for task_id, state in bad.items() if state == "failed"), next(iter(bad)))
