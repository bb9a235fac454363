"""The warm engine started, stopped, shown, and held for a run: each as a report."""

import re
from datetime import UTC, datetime

from expectations.durations import seconds
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.engine import serving, warm
from lakehouse.errors import UsageError

_RUN_ID = re.compile(r"\S{1,250}")


def start(settings: Settings) -> RunReport:
    """Start it, where none runs.

    Raises:
        EngineError: It cannot be started.
    """
    engine, is_new = warm.start(settings.state, memory=settings.engine_memory, cores=settings.cores)
    word = "started" if is_new else "was running already"
    line = f"{word}: port {engine.port}, process {engine.pid}"
    return _report(line, changed=is_new, port=engine.port, pid=engine.pid)


def stop(settings: Settings) -> RunReport:
    """Stop it, whoever holds it."""
    stopped = warm.stop(settings.state)
    return _report("stopped" if stopped else "none was running", changed=stopped)


def serve(settings: Settings) -> RunReport:
    """Run it in the foreground until a signal comes. Raises: as `start`."""
    serving.serve(settings.state, memory=settings.engine_memory, cores=settings.cores)
    return _report("stopped", changed=True)


def status(settings: Settings) -> RunReport:
    """Where it runs, and who holds it."""
    engine = warm.warm_engine(settings.state)
    if engine is None:
        return _report("none is running", changed=False)
    leases = engine.live_leases(datetime.now(UTC))
    held = ", ".join(f"{run} until {end}" for run, end in sorted(leases.items())) or "nobody"
    line = f"port {engine.port}, process {engine.pid}, started by a {engine.started_by}, leased by {held}"
    return _report(line, changed=False, port=engine.port, pid=engine.pid, leases=leases)


def lease(settings: Settings, run_id: str | None, ttl: str) -> RunReport:
    """Hold it for a run, as long as a duration such as `2h`; start it where none runs.

    Raises:
        UsageError: No run id, or a bad duration.
        EngineError: It cannot be started.
    """
    run = _checked("lease", run_id)
    hours = seconds(ttl) / 3600
    engine = warm.lease(settings.state, run, hours, memory=settings.engine_memory, cores=settings.cores)
    return _report(f"leased for {run}: port {engine.port}, process {engine.pid}", changed=True)


def release(settings: Settings, run_id: str | None) -> RunReport:
    """Give it back; it stops where nobody else holds it.

    Raises:
        UsageError: No run id.
    """
    run = _checked("release", run_id)
    if warm.warm_engine(settings.state) is None:
        return _report("none was running", changed=False)
    stopped = warm.release(settings.state, run)
    return _report("released, and stopped: nobody else holds it" if stopped else "released", changed=True)


def _checked(action: str, run_id: str | None) -> str:
    if not run_id or not _RUN_ID.fullmatch(run_id):
        raise UsageError(f"got --run-id {run_id!r}; {action} needs the run's id, without blanks")
    return run_id


def _report(line: str, *, changed: bool, **data: object) -> RunReport:
    return RunReport("engine", changed=changed, lines=(f"engine: {line}",), data=data)
