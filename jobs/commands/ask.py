"""`assay ask`: the questions that have a name, and their answers."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the question, its parameters and the form of the answer."""
    parser.add_argument("question", nargs="?", help="name of a question; without it: all of them, with their meaning")
    parser.add_argument(
        "--set", action="append", default=[], metavar="PARAMETER=VALUE", help="change a parameter; repeatable"
    )
    parser.add_argument("--show", action="store_true", help="the SQL instead of the answer")
    parser.add_argument("--csv", action="store_true", help="every row as CSV, in full")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """The answer of the question, or the list. Raises: as `asked`."""
    from jobs.ask.job import Form, asked, listed

    if args.csv and args.json:
        raise UsageError("got --csv and --json; legal: one of them")
    if args.question is None:
        return listed(settings)
    return asked(settings, args.question, args.set, Form(args.show, args.csv, args.json))
