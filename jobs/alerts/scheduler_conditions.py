"""Whether the scheduler is there: Airflow's health end point, and when a DAG last reported a run."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from jobs.alerts.condition import Condition, Severity
from jobs.alerts.delivery import DeliveryError
from jobs.alerts.http_call import Call, call
from jobs.alerts.runs import last_runs
from jobs.runtime.alert_keys import shown_url
from jobs.runtime.settings import Settings

KIND = "scheduler_gone"
# A server that is being restarted is not gone: asked again after these pauses, seconds.
PAUSES_S = (1.0, 3.0)
TRY_S = 10.0
# The parts that Airflow cannot run a DAG without; the triggerer is for deferred tasks, which we have none of.
PARTS = ("metadatabase", "scheduler", "dag_processor")


def scheduler_conditions(settings: Settings, now: datetime) -> tuple[Condition, ...]:
    """What says that the scheduler is gone. Empty where nothing can be known: no address, and no run ever reported."""
    return (*_unhealthy(settings), *_silent(settings, now))


def _unhealthy(settings: Settings) -> Iterator[Condition]:
    url = settings.alerts.airflow_health_url
    if url is None:
        return
    found = _fault(settings, url)
    for pause in PAUSES_S:
        if not found:
            return
        time.sleep(pause)
        found = _fault(settings, url)
    if found:
        yield Condition(
            key=f"{KIND}/health",
            severity=Severity.CRITICAL,
            kind=KIND,
            subject=f"Airflow does not run: {found}",
            detail="start its scheduler, DAG processor and API server again; no DAG runs until then",
            source="scheduler",
        )


def _fault(settings: Settings, url: str) -> str:
    """What the health end point says is wrong; empty where all is well."""
    try:
        answer = call(Call(url, ca_file=settings.alerts.ca_file), TRY_S)
    except DeliveryError as error:
        return str(error)
    if answer.status != 200:
        return f"{shown_url(url)} answered {answer.status}"
    try:
        parts: Any = json.loads(answer.body)
    except ValueError:
        parts = None
    if not isinstance(parts, dict) or not isinstance(parts.get("scheduler"), dict):
        return f"{shown_url(url)} does not answer as Airflow's health end point does"
    ill = [
        f"{name} is {parts[name].get('status')}"
        for name in PARTS
        if isinstance(parts.get(name), dict) and parts[name].get("status") not in ("healthy", None)
    ]
    if parts["scheduler"].get("status") is None:
        ill.append("the scheduler says no status")
    return ", ".join(ill)


def _silent(settings: Settings, now: datetime) -> Iterator[Condition]:
    after = timedelta(seconds=settings.alerts.no_run_after)
    reported = [
        run.reported_at
        for last in last_runs(settings.state)
        if last.kind == "dag"
        for run in (last.good, last.bad)
        if run is not None
    ]
    if not after or not reported or now - max(reported) <= after:
        return
    yield Condition(
        key=f"{KIND}/no_run",
        severity=Severity.CRITICAL,
        kind=KIND,
        subject=f"no DAG has reported a run since {max(reported):%Y-%m-%dT%H:%M:%SZ}",
        detail="check that Airflow's scheduler runs and that DAGs are unpaused; alerts.no_run_after is the limit",
        source="scheduler",
    )
