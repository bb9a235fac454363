"""`assay silver`: new bronze records become rows of silver, batch by batch, each reading once."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    del parser


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Bring every waiting batch into silver. Raises: as `refine_new`."""
    from jobs.rules.job import with_rules
    from jobs.runtime.load_plant import load_plant
    from jobs.silver.job import refine_new

    del args
    return with_rules(refine_new(settings), load_plant(settings), "silver")
