"""A task that starts a run of another DAG where the report of a job asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

from _airflow_api import call
from _run_time import as_of
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException


class StartRun(BaseOperator):  # type: ignore[misc] # Airflow comes without types for us
    """Starts a DAG with the reason that a job gave; does nothing where the job says that no run is due.

    The run has the name of this one, so that a task that is cleared starts no other.

    Args:
        dag_to_start: Id of the DAG.
        after: Task whose report has the answer.
        asked: Key of the answer in that report: `is_due`, `reason`, and what else is handed on.
        hands_on: Parameters of the run that is started, with their names in the answer.
        hands_clock: Whether it takes the same time for now.
        named_by: What is handed on that makes another run, also of a task that is cleared. The DAG must not be paused
            then: its run would wait, and nobody would know.
    """

    ui_color = "#e6f0df"

    def __init__(
        self,
        *,
        dag_to_start: str,
        after: str,
        asked: str,
        hands_on: Sequence[str] = ("reason",),
        hands_clock: bool = True,
        named_by: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            retries=2,
            retry_delay=timedelta(seconds=15),
            execution_timeout=timedelta(minutes=5),
            **kwargs,
        )
        self.dag_to_start = dag_to_start
        self.after = after
        self.asked = asked
        self.hands_on = tuple(hands_on)
        self.hands_clock = hands_clock
        self.named_by = named_by

    def execute(self, context: Context) -> str | None:
        """Id of the run that was started; None where none is due.

        Raises:
            AirflowException: Airflow's API cannot be reached or refuses; the task is tried again.
        """
        answer = (context["ti"].xcom_pull(task_ids=self.after) or {}).get(self.asked) or {}
        if not answer.get("is_due"):
            self.log.info("%s is not started: %s", self.dag_to_start, answer.get("reason") or "nobody asks for it")
            return None
        run_id = "__".join([self.dag_id, context["run_id"], *([answer[self.named_by]] if self.named_by else [])])
        conf = {name: answer[name] for name in self.hands_on} | ({"as_of": as_of(context)} if self.hands_clock else {})
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
        try:
            if self.named_by and call("GET", ("dags", self.dag_to_start)).get("is_paused"):
                raise AirflowFailException(f"{self.dag_to_start} is paused: unpause it, then clear this task")
            call("POST", ("dags", self.dag_to_start, "dagRuns"), body=body)
        except HTTPError as error:
            if error.code != HTTPStatus.CONFLICT:
                raise AirflowException(f"{self.dag_to_start} was not started: {error}") from error
            self.log.info("%s: its run %s was started before", self.dag_to_start, run_id)
        except (OSError, ValueError) as error:
            raise AirflowException(
                f"{self.dag_to_start} was not started: {error}; where the API requires a login, ASSAY_AIRFLOW_TOKEN "
                "lets a task ask it"
            ) from error
        self.log.info("%s: run %s, for %s", self.dag_to_start, run_id, answer["reason"])
        return run_id
