"""`assay status`: one screen on the state of the whole, and what a person should do."""

import argparse
from pathlib import Path

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the page goes."""
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the same as a page there; it opens offline")
    parser.epilog = (
        "Exit code 3 where a person is needed; each such line says what to do. Nothing is written to the lake."
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Look at everything. Raises: as `state_with_page`."""
    if args.html is not None:
        from jobs.status.page_job import state_with_page

        return state_with_page(settings, args.as_of, args.html)
    from jobs.status.job import state_of_all

    return state_of_all(settings, args.as_of)
