"""Which runs do nothing: one with a parameter that its DAG does not know, one for a time before it was unpaused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from _airflow_api import call
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

# Without an answer from Airflow's API a scheduled run that begins this long after it was due counts as one for a time
# before the DAG was unpaused.
LATEST_START = timedelta(hours=6)
MOST_EVENTS = 100
# What Airflow writes into its audit log: pages and API (one DAG, many DAGs), command line.
_PATCHES = ("patch_dag", "patch_dags")
_COMMANDS: Mapping[str, bool] = {"cli_dag_pause": True, "cli_dag_unpause": False}


@dataclass(frozen=True, slots=True)
class Switch:
    """A moment at which a DAG was paused or unpaused."""

    at: datetime
    paused: bool


def refuse_unknown_parameters(context: Context) -> None:
    """Fails the task, without a retry, where the run was given a parameter that the DAG has not.

    Airflow hands on whatever a run is given; a misspelt name would run with the default.

    Raises:
        AirflowFailException: With the names that are legal.
    """
    given = context["dag_run"].conf or {}
    legal = sorted(context["dag"].params)
    if unknown := sorted(set(given) - set(legal)):
        names = ", ".join(repr(name) for name in unknown)
        raise AirflowFailException(
            f"the run was given the unknown parameter {names}; legal are {', '.join(legal)}; trigger it again"
        )


def skip_before_unpausing(context: Context, say: Callable[[str], None]) -> None:
    """Skips the task of a scheduled run whose time lies before the DAG was unpaused; what follows is skipped with it.

    Airflow makes a run for the last time of the schedule as soon as a DAG is unpaused, `catchup=False` or not. A run
    that a person cleared is not skipped.

    Raises:
        AirflowSkipException: With the time and what to do.
    """
    run = context["dag_run"]
    if str(getattr(run.run_type, "value", run.run_type)) != "scheduled" or run.clear_number:
        return
    try:
        born, switches = _history(run.dag_id, run.start_date)
        is_before = was_paused(run.run_after, born, switches)
    except (OSError, ValueError, KeyError) as error:
        is_before = run.start_date - run.run_after > LATEST_START
        say(
            f"Airflow's API did not say when {run.dag_id} was unpaused ({error}); a run that begins more than "
            f"{LATEST_START} after it was due counts as one for a time before. ASSAY_AIRFLOW_TOKEN lets a task ask"
        )
    if is_before:
        reason = (
            f"{run.dag_id} was paused at {run.run_after.isoformat()}, the time of this run: nothing is done for it; "
            "trigger the DAG by hand to run it now"
        )
        say(reason)
        raise AirflowSkipException(reason)


def was_paused(due: datetime, born: datetime | None, switches: Sequence[Switch]) -> bool:
    """Whether a DAG was paused, or not there yet, when a run was due.

    Args:
        due: The run's time.
        born: When Airflow first knew the DAG; None where that is unknown.
        switches: Every pause and unpause until the run began, in any order.
    """
    if born is not None and born > due:
        return True
    ordered = sorted(switches, key=lambda switch: switch.at)
    before = [switch for switch in ordered if switch.at <= due]
    if before:
        return before[-1].paused
    # Nothing is known of the time before: what came first afterwards changed it.
    return bool(ordered) and not ordered[0].paused


def _history(dag_id: str, until: datetime) -> tuple[datetime | None, list[Switch]]:
    """When Airflow first knew a DAG, and its last pauses and unpauses until a moment."""
    events = [("included_events", name) for name in (*_PATCHES, *_COMMANDS)]
    query = [*events, ("before", until.isoformat()), ("order_by", "-when"), ("limit", str(MOST_EVENTS))]
    found = call("GET", ("eventLogs",), query=query)["event_logs"]
    versions = call("GET", ("dags", dag_id, "dagVersions"), query=[("order_by", "version_number"), ("limit", "1")])
    first = next(iter(versions["dag_versions"]), None)
    switches = [switch for event in found if (switch := _switch(event, dag_id)) is not None]
    return (_moment(first["created_at"]) if first else None), switches


def _switch(event: Mapping[str, Any], dag_id: str) -> Switch | None:
    if not _concerns(event.get("dag_id"), dag_id):
        return None
    paused = _COMMANDS.get(event["event"])
    if paused is None:
        paused = _paused_in(event.get("extra"))
    return None if paused is None else Switch(_moment(event["when"]), paused)


def _concerns(named: str | None, dag_id: str) -> bool:
    """Whether an event is about a DAG: one without a name is about many, and the command line takes patterns."""
    if named is None or named == dag_id:
        return True
    try:
        return re.search(named, dag_id) is not None and re.escape(named) != named
    except re.error:
        return False


def _paused_in(extra: Any) -> bool | None:
    try:
        value = json.loads(extra or "{}").get("is_paused")
    except (ValueError, AttributeError):
        return None
    return {"true": True, "false": False}.get(str(value).lower())


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
