"""`assay report`: the plant's page, one file that opens offline, and its summary. It never writes to the lake."""

import argparse
from pathlib import Path

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

DEFAULT_OUT = Path("report.html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the page goes and where the bundle is."""
    parser.add_argument(
        "--out",
        type=Path,
        default=DEFAULT_OUT,
        metavar="FILE.html",
        help=f"the page; default: {DEFAULT_OUT} in the working directory",
    )
    parser.add_argument("--summary", type=Path, metavar="FILE.json", help="write the summary there too, for programs")
    parser.add_argument(
        "--bundle",
        type=Path,
        metavar="PATH",
        help="the bundle to show, or a folder to find the champion's in; default: bundles in the lake",
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Write the page. Raises: as `write_report`."""
    from jobs.report.job import Wanted, write_report

    return write_report(settings, Wanted(args.out, args.summary, args.bundle, args.as_of))
