"""`assay rollback`: the previous champion is champion again, by one appended row."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Why, for the record."""
    parser.add_argument("--reason", required=True, help="why the champion is taken back, for the record")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Take the champion back. Raises: as `roll_back`."""
    from jobs.models.rollback import roll_back

    return roll_back(settings, args.as_of, args.reason)
