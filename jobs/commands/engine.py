"""`assay engine start|stop|status|serve|lease|release`: the warm engine that many jobs share."""

import argparse
import re
from datetime import UTC, datetime

from expectations.durations import seconds
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.engine import warm as kept
from lakehouse.engine.serving import serve
from lakehouse.errors import UsageError

ACTIONS = ("start", "stop", "status", "serve", "lease", "release")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and for which run."""
    parser.add_argument(
        "action", choices=ACTIONS,
        help="a person starts and stops it; serve keeps it in the foreground; runs lease and release it",
    )  # fmt: skip
    parser.add_argument("--run-id", help="lease, release: name of the run")
    parser.add_argument("--ttl", default="2h", help="lease: how long it holds if it is never released; default 2h")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Start, stop, show, hold or give back.

    Raises:
        UsageError: A lease or its return without a run id, or a bad duration.
        EngineError: The engine cannot be started.
    """
    if args.action in ("lease", "release"):
        return _hold(args, settings)
    if args.action == "stop":
        stopped = kept.stop(settings.state)
        return _report("stopped" if stopped else "none was running", changed=stopped)
    if args.action == "start":
        engine, is_new = kept.start(settings.state, memory=settings.engine_memory, cores=settings.cores)
        word = "started" if is_new else "was running already"
        line = f"{word}: port {engine.port}, process {engine.pid}"
        return _report(line, changed=is_new, port=engine.port, pid=engine.pid)
    if args.action == "serve":
        serve(settings.state, memory=settings.engine_memory, cores=settings.cores)
        return _report("stopped", changed=True)
    return _status(settings)


def _hold(args: argparse.Namespace, settings: Settings) -> RunReport:
    if not args.run_id or not re.fullmatch(r"\S{1,250}", args.run_id):
        raise UsageError(f"got --run-id {args.run_id!r}; {args.action} needs the run's id, without blanks")
    if args.action == "release":
        if kept.kept_engine(settings.state) is None:
            return _report("none was running", changed=False)
        stopped = kept.release(settings.state, args.run_id)
        return _report("released, and stopped: nobody else holds it" if stopped else "released", changed=True)
    hours = seconds(args.ttl) / 3600
    engine = kept.lease(settings.state, args.run_id, hours, memory=settings.engine_memory, cores=settings.cores)
    return _report(f"leased for {args.run_id}: port {engine.port}, process {engine.pid}", changed=True)


def _status(settings: Settings) -> RunReport:
    engine = kept.kept_engine(settings.state)
    if engine is None:
        return _report("none is running", changed=False)
    leases = engine.live_leases(datetime.now(UTC))
    held = ", ".join(f"{run} until {end}" for run, end in sorted(leases.items())) or "nobody"
    line = f"port {engine.port}, process {engine.pid}, started by a {engine.started_by}, leased by {held}"
    return _report(line, changed=False, port=engine.port, pid=engine.pid, leases=leases)


def _report(line: str, *, changed: bool, **data: object) -> RunReport:
    return RunReport("engine", changed=changed, lines=(f"engine: {line}",), data=data)
