"""`assay engine start|stop|status|serve|lease|release`: the warm engine that many jobs share."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

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
    """Start, stop, show, hold or give back. Raises: as the actions."""
    from jobs.engine import job

    match args.action:
        case "start":
            return job.start(settings)
        case "stop":
            return job.stop(settings)
        case "serve":
            return job.serve(settings)
        case "lease":
            return job.lease(settings, args.run_id, args.ttl)
        case "release":
            return job.release(settings, args.run_id)
    return job.status(settings)
