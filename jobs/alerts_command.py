"""`assay alerts report-run|list|acknowledge`: what is wrong now, and who looks after it."""

import argparse
import getpass
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from jobs.runtime.errors import UsageError
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

OUTCOMES = ("success", "failed", "late")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and the words of each action."""
    parser.add_argument("action", choices=list(ACTIONS), help="what to do")
    parser.add_argument("keys", nargs="*", metavar="KEY", help="acknowledge: the keys that `assay alerts list` shows")
    held = parser.add_argument_group("acknowledge")
    held.add_argument("--all", action="store_true", help="every alert that is open")
    held.add_argument("--by", metavar="WHO", help="who looks after it; default: the user")
    held.add_argument(
        "--for", dest="duration", default="8h", metavar="TIME", help="how long, such as 90min; default 8h"
    )
    run = parser.add_argument_group("report-run")
    run.add_argument("--dag", help="the DAG")
    run.add_argument("--run-id", help="its run; runs are ordered by the time in their id, else by their first report")
    run.add_argument("--outcome", choices=OUTCOMES, help="how it ended, or that it has not ended in time")
    run.add_argument("--task", default="", help="the task that failed")
    run.add_argument("--detail", default="", metavar="TEXT", help="why, one line")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Do one action.

    Raises:
        UsageError: A word of the action is missing or wrong.
        AlertStateError: The alert store cannot be used.
    """
    return ACTIONS[args.action](args, settings)


def _list(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.alerts.listing import as_data, as_lines
    from jobs.alerts.observing import open_alerts

    alerts = open_alerts(settings.state)
    return RunReport("alerts", changed=False, lines=as_lines(alerts, args.as_of), data=as_data(alerts, args.as_of))


def _acknowledge(args: argparse.Namespace, settings: Settings) -> RunReport:
    from expectations.durations import seconds
    from jobs.alerts.acknowledging import acknowledge

    if bool(args.keys) == args.all:
        raise UsageError("acknowledge needs the keys that `assay alerts list` shows, or --all")
    until: datetime = args.as_of + timedelta(seconds=seconds(args.duration))
    who = args.by or getpass.getuser()
    keys = acknowledge(settings.state, args.keys, who, until, args.as_of)
    lines = tuple(f"acknowledged by {who} until {until:%Y-%m-%dT%H:%M:%SZ}: {key}" for key in keys)
    data = {"acknowledged": keys, "by": who, "until": until}
    return RunReport("alerts", changed=bool(keys), lines=lines or ("no alert is open",), data=data)


def _report_run(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.alerts.runs import Outcome, Report, report_run

    missing = [f"--{name}" for name in ("dag", "run-id", "outcome") if not getattr(args, name.replace("-", "_"))]
    if missing:
        raise UsageError(f"report-run needs {', '.join(missing)}")
    report = Report("dag", args.dag, args.run_id, Outcome(args.outcome), args.task, args.detail)
    said = report_run(settings.state, report, args.as_of)
    line = f"{args.dag} {args.run_id} {args.outcome}: {said}"
    return RunReport("alerts", changed=True, lines=(line,), data={"did": said})


Action = Callable[[argparse.Namespace, Settings], RunReport]
ACTIONS: Mapping[str, Action] = {"report-run": _report_run, "list": _list, "acknowledge": _acknowledge}
