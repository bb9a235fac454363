"""`assay quality`: the outcome of every record, the age of every table, and what a person should look at."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    parser.epilog = (
        "Exit code 3 where a table is older than the profile's freshness allows (all figures are published first), or "
        "where records are not accounted for. Faulty records above alert_share are an ALERT and change no exit code: "
        "they are set aside already."
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Account for every record and check the ages. Raises: as `check_all`."""
    from jobs.quality.job import check_all
    from jobs.rules.job import with_rules
    from jobs.runtime.load_plant import load_plant

    return with_rules(check_all(settings, args.as_of), load_plant(settings), "gold")
