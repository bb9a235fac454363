"""`assay sql`: ask any table of the lake; without a query, what there is to ask."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the query and the form of the answer."""
    parser.add_argument("query", nargs="?", help="one SELECT; without it: the tables and their columns")
    parser.add_argument("--csv", action="store_true", help="every row (or column, without a query) as CSV, in full")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """The answer of the query, or the list of tables. Raises: as `answered`."""
    from jobs.sql.job import Question, answered

    if args.csv and args.json:
        raise UsageError("got --csv and --json; legal: one of them")
    return answered(settings, Question(args.query, args.csv, args.json))
