"""`assay gold`: daily tables, features and labels of exactly the dates that new silver rows touch."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    del parser


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Bring gold up to silver. Raises: as `update_stale`."""
    from jobs.gold.job import update_stale
    from jobs.rules.job import with_rules
    from jobs.runtime.load_plant import load_plant

    return with_rules(update_stale(settings, args.as_of), load_plant(settings), "gold")
