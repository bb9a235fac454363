"""`assay calculate`: engineers' calculations on a published case or on one's own."""

import argparse
from pathlib import Path

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the calculation, its case and what changes."""
    names = ("safety", "return", "update", "platform", "alarms")
    parser.add_argument("calculation", nargs="?", choices=names, help="one of these; without: list all cases")
    parser.add_argument(
        "--case", metavar="CASE", help="a case that ships, or a TOML file; default: the first that ships"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="INPUT=VALUE", help="change an input, beside the case; repeatable"
    )
    parser.add_argument("--inputs", action="store_true", help="list every input with value, unit and meaning")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a page too: it opens offline, recomputes, prints on A4"
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Calculate one case, or list all. Raises: as `calculated`."""
    from jobs.calculate.job import calculated, calculated_with_page, cases_listed

    if args.calculation is None:
        return cases_listed()
    file, report = calculated(args.calculation, args.case, args.set, with_inputs=args.inputs)
    return report if args.html is None else calculated_with_page(file, report, args.html, settings)
