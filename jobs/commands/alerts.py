"""`assay alerts send|test|list|acknowledge|report-run`: what is wrong now, who is notified, who looks after it."""

import argparse
from collections.abc import Callable, Mapping

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

OUTCOMES = ("success", "failed", "late")
_EPILOG = (
    "send: look at everything, record it, deliver what waits (for a timer, each five minutes). test: one message "
    "through each channel. list: what is open, and how the channels are. acknowledge: look after an alert, so that it "
    "is not escalated. report-run: how a run of a DAG ended, as Airflow says it; then as send. Exit code 3 where a "
    "delivery fails and waits, 1 where alerts could not be recorded. docs/alerts.md says more."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and the words of each action."""
    parser.epilog = _EPILOG
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
    """Do one action. Raises: as the actions; UsageError: a word of the action is missing or wrong."""
    if args.keys and args.action != "acknowledge":
        raise UsageError(f"{args.action} takes no key; got {' '.join(args.keys)}")
    return ACTIONS[args.action](args, settings)


def _send(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.alerts.send_job import send_all

    return send_all(settings, args.as_of)


def _test(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.alerts.testing import report_of_test

    return report_of_test(settings, args.as_of)


def _list(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.alerts.open_alerts import list_open

    return list_open(settings, args.as_of)


def _acknowledge(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.alerts.open_alerts import look_after

    if bool(args.keys) == args.all:
        raise UsageError("acknowledge needs the keys that `assay alerts list` shows, or --all")
    return look_after(settings, args.keys, args.by, args.duration, args.as_of)


def _report_run(args: argparse.Namespace, settings: Settings) -> RunReport:
    from jobs.alerts.reporting import report_of_run
    from jobs.alerts.runs import Outcome, Report

    missing = [f"--{name}" for name in ("dag", "run-id", "outcome") if not getattr(args, name.replace("-", "_"))]
    if missing:
        raise UsageError(f"report-run needs {', '.join(missing)}")
    report = Report("dag", args.dag, args.run_id, Outcome(args.outcome), args.task, args.detail)
    return report_of_run(settings, report, args.as_of)


Action = Callable[[argparse.Namespace, Settings], RunReport]
ACTIONS: Mapping[str, Action] = {
    "send": _send,
    "test": _test,
    "list": _list,
    "acknowledge": _acknowledge,
    "report-run": _report_run,
}
