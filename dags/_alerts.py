"""A run's outcome, reported to `assay alerts`: by the last task of the run, and by Airflow's callbacks.

Airflow imports this module by its name, in the DAG processor and in the executor.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any

from _child import Child
from _command import PROJECT, command_line, job_environment
from airflow.sdk.exceptions import AirflowException, AirflowRuntimeError

# The DAG processor ends a callback after 50 s ([dag_processor] dag_file_processor_timeout).
BOUND_S = 30.0
LONGEST_DETAIL = 500
ENDED = ("success", "failed")
# Recorded in both cases; with 3 a message could not be delivered yet and is kept.
EXIT_DONE, EXIT_WAITS = 0, 3
# Airflow's word for a run that took longer than its dagrun_timeout.
TIMED_OUT = "timed_out"
# The last task of each run leaves an XCom where its report of a failed run was recorded.
LAST_TASK, REPORTED_KEY = "outcome", "reported"
_LOG = logging.getLogger("airflow.task.alerts")


def report_run(
    dag_id: str,
    run_id: str,
    outcome: str,
    *,
    task: str = "",
    detail: str = "",
    log: Callable[[str], None] | None = None,
) -> bool:
    """Starts `assay alerts report-run` and waits for it, 30 s at most. Never raises: a run does not depend on it.

    Args:
        dag_id: The run's DAG.
        run_id: Its run id.
        outcome: `success`, `failed` or `late`.
        task: The task that decided it, if one did.
        detail: Why, in a sentence; cut to 500 characters.
        log: Takes the lines of the command; by default a logger of Airflow.

    Returns:
        Whether it was recorded.
    """
    say = log or _LOG.warning
    words = ["alerts", "report-run", *_option("--dag", dag_id), *_option("--run-id", run_id), "--outcome", outcome]
    words += _option("--task", task) + _option("--detail", " ".join(detail.split())[:LONGEST_DETAIL])
    child = Child(command_line(words), cwd=PROJECT, environment=job_environment(os.environ))
    bound = threading.Timer(BOUND_S, child.end)
    bound.daemon = True
    try:
        bound.start()
        code = child.run(say).code
        if code in (EXIT_DONE, EXIT_WAITS):
            return True
        say(f"the run was not reported to `assay alerts` (exit code {code}); its state does not depend on that")
    except (OSError, ValueError) as error:
        say(f"the run was not reported to `assay alerts` ({error}); its state does not depend on that")
    finally:
        bound.cancel()
    return False


def run_failed(context: Mapping[str, Any]) -> None:
    """Airflow's callback for a run that failed, one that took too long included. Runs in the DAG processor.

    Where the run's last task has reported it already, and knew more, nothing is reported.
    """
    instance, why = context.get("ti"), str(context.get("reason") or "")
    if instance is not None and _is_reported(instance):
        return
    task = str(instance.task_id) if instance is not None and why == TIMED_OUT else ""
    detail = "the run took longer than its time limit (dagrun_timeout) and was ended" if why == TIMED_OUT else ""
    report_run(context["dag"].dag_id, str(context["run_id"]), "failed", task=task, detail=detail)


def _is_reported(instance: Any) -> bool:
    try:
        return bool(instance.xcom_pull(task_ids=LAST_TASK, key=REPORTED_KEY))
    except ImportError:
        # A run in one process (`dag.test()`) has nobody to ask here; its last task has reported it.
        return True
    except (AirflowException, AirflowRuntimeError, OSError) as error:
        _LOG.warning("whether the run was reported is not known (%s): it is, now", error)
        return False


def run_late(context: Mapping[str, Any]) -> None:
    """Airflow's callback for a run that has not ended by its deadline. Runs in the executor."""
    run = context["dag_run"]
    if str(run.get("state")) in ENDED:
        return
    due = str((context.get("deadline") or {}).get("deadline_time") or "")
    detail = f"the run has not ended by its deadline {due}" if due else "the run has not ended by its deadline"
    report_run(str(run["dag_id"]), str(run["dag_run_id"]), "late", detail=detail)


def _option(name: str, value: str) -> list[str]:
    """An option with its value, in one word where the value looks like an option; nothing for an empty value."""
    if not value:
        return []
    return [f"{name}={value}"] if value.startswith("-") else [name, value]
