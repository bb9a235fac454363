"""`assay silver`: new bronze records become rows of silver, batch by batch, each reading once."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    del parser


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Bring every waiting batch into silver. Raises: as `refine_new`."""
    from jobs.silver.job import refine_new

    del args
    return refine_new(settings)
