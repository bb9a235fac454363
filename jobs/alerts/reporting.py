"""What `assay alerts` says at its end, and its exit code."""

import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs.alerts.breaker import Circuit
from jobs.alerts.delivery import DeliveryError, bounded
from jobs.alerts.draining import Result
from jobs.alerts.errors import AlertStateError
from jobs.alerts.looking import LOOKS, Look, LookError, look_at_all
from jobs.alerts.observing import open_alerts
from jobs.alerts.runs import Outcome, Report, report_run, unrecorded
from jobs.alerts.sending import OF_A_CALLBACK, Sent, send
from jobs.runtime.exits import ExitCode, sentence
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import JobError
from lakehouse.log import log

# Airflow ends a report after 30 s: a look begins in the first seconds only, and is given up after some.
SPARE_S, LOOK_S = 8.0, 12.0


def report_of(sent: Sent, settings: Settings) -> RunReport:
    """The report of a send: exit code 3 where a delivery fails and waits."""
    alerts = open_alerts(settings.state)
    counts = Counter(alert.condition.severity.word for alert in alerts)
    listed = ", ".join(f"{number} {word}" for word, number in sorted(counts.items())) or "none"
    head = f"alerts: {len(sent.opened)} opened, {len(sent.recovered)} recovered; open: {listed}"
    beat = (f"heartbeat: not taken: {sent.heartbeat_error}",) if sent.heartbeat_error else ()
    lines = (head, *map(line_of, sent.results), *beat)
    data = {
        "opened": sent.opened,
        "recovered": sent.recovered,
        "open": dict(counts),
        "channels": [_data(result) for result in sent.results],
        "heartbeat_error": sent.heartbeat_error,
    }
    changed = bool(sent.opened or sent.recovered or any(result.delivered for result in sent.results))
    return RunReport("alerts", changed, lines, data, ExitCode.REFUSED if sent.is_failing else ExitCode.DONE)


def report_of_run(settings: Settings, report: Report, now: datetime) -> RunReport:
    """Record a run, deliver what waits, and look at everything else where time is left.

    A delivery or a look that fails is no failure of this: the next send meets it again.

    Raises:
        JobError: The run could not be recorded; its alert was delivered directly.
    """
    began = time.monotonic()
    recorded = _recorded(settings, report, now)
    if recorded is None:
        found = () if report.outcome is Outcome.SUCCESS else (unrecorded(report, now),)
        raise store_failure(send(settings, {f"dag/{report.name}": found}, now, OF_A_CALLBACK))
    sent = send(settings, {}, now, OF_A_CALLBACK)
    if sent.store_error is None and not sent.is_failing and time.monotonic() - began < SPARE_S:
        # The scheduler is not asked: it has just started us.
        looks = {scope: look for scope, look in LOOKS.items() if scope != "scheduler"}
        sent = look_and_send(settings, looks, now) or sent
    line = f"{report.name} {report.run_id} {report.outcome}: {recorded}"
    data = {"did": recorded, "channels": [_data(result) for result in sent.results]}
    return RunReport("alerts", changed=True, lines=(line, *map(line_of, sent.results)), data=data)


def look_and_send(
    settings: Settings, looks: Mapping[str, Look], now: datetime, within_s: float = LOOK_S
) -> Sent | None:
    """A send at the end of a DAG's run; None where the looks take longer, which is left to the next send.

    The heartbeat is left to the timer, whose work it shows.
    """
    try:
        found = bounded(lambda: look_at_all(settings, now, looks), within_s)
    except LookError as error:
        log().warning("alerts: %s", error)
        found = error.found
    except DeliveryError as error:
        log().warning("alerts: what else may be wrong was not looked at: %s", error)
        return None
    return send(settings, found, now, OF_A_CALLBACK, beats=False)


def _recorded(settings: Settings, report: Report, now: datetime) -> str | None:
    try:
        return report_run(settings.state, report, now)
    except (OSError, AlertStateError):  # the send that follows meets it too, and says it
        return None


def store_failure(sent: Sent) -> JobError:
    """The error that says that alerts could not be recorded, and their outcome."""
    failures = sent.direct_failures or {}
    reason = "" if sent.store_error is None else f": {sentence(sent.store_error)}"
    missed = "; ".join(f"{channel}: {why}" for channel, why in failures.items())
    went = f"were delivered directly, but not by {missed}" if missed else "were delivered directly"
    return JobError(f"alerts could not be recorded{reason}; those of now {went}, and may come again")


def line_of(result: Result) -> str:
    """A channel's result, for people."""
    line = f"{result.channel}: {result.delivered} delivered, {result.waiting} waiting"
    if result.error:
        line += f"; fails: {result.error}"
    if result.circuit is not Circuit.CLOSED and result.retry_at is not None:
        line += f"; circuit {result.circuit.replace('_', ' ')}, tried again from {result.retry_at:%Y-%m-%dT%H:%M:%SZ}"
    return line


def _data(result: Result) -> dict[str, Any]:
    return {
        "channel": result.channel,
        "delivered": result.delivered,
        "waiting": result.waiting,
        "circuit": result.circuit,
        "error": result.error,
        "retry_at": result.retry_at,
    }
