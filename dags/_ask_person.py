"""A task that asks a person: Airflow's page of required actions shows the question, its API takes the answer too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from _run_note import write_note
from _run_outcome import REASON_KEY
from _run_rules import refuse_unknown_parameters
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowException


class AskPerson(ApprovalOperator):  # type: ignore[misc] # Airflow comes without types for us
    """Waits for *Approve*; *Reject*, and nobody's answer in time, skip what follows, and the run is green.

    It waits without a worker and without the engine: in Airflow's state `awaiting_input`. Airflow 3.3.2 loses an
    answer that comes before the process which asked has ended (a second or two, so a program's, not a person's), and
    takes that for a failed try; the question is then asked again.

    Args:
        response_timeout: How long the question is open.
    """

    def __init__(self, *, response_timeout: timedelta, **kwargs: Any) -> None:
        super().__init__(
            response_timeout=response_timeout,
            execution_timeout=timedelta(minutes=5),
            defaults=self.REJECT,
            retries=2,
            retry_delay=timedelta(seconds=15),
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        """Ask. Raises: AirflowFailException: The run was given a parameter that the DAG does not know."""
        try:
            refuse_unknown_parameters(context)
        except AirflowException as error:
            context["ti"].xcom_push(key=REASON_KEY, value=str(error))
            raise
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> Any:
        """Go on by the answer. That nobody gave one is left as the run's note."""
        if not event.get("responded_by_user"):
            words = f"nobody answered within {self.response_timeout.days} days: the champion stays"
            try:
                write_note(self.dag_id, str(context["run_id"]), words)
            except (OSError, ValueError) as error:
                self.log.warning("the run's note was not written (%s): %s", error, words)
        return super().execute_complete(context, event)
