"""`assay verify`: versions of derived tables, computed again from their sources as they were, and compared."""

import argparse

from jobs.runtime.arguments import days, whole
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which versions, and how much of them."""
    parser.add_argument(
        "tables",
        nargs="*",
        metavar="TABLE[@VERSION]",
        help="default: every derived table but readings, at its newest version",
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument(
        "--all", action="store_true", help="every date; default: four dates of each table, evenly over all"
    )
    part.add_argument("--newest", type=whole, metavar="N", help="the newest N dates of each table")
    part.add_argument("--dates", type=days, metavar="FIRST[/LAST]", help="these dates of each table, ISO 8601")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """The verdict of each version; exit code 3 where one differs. Raises: as `verified`."""
    from jobs.verify.choice import Choice
    from jobs.verify.job import verified

    return verified(settings, args.tables, Choice(args.all, args.newest, args.dates))
