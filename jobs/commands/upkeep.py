"""`assay upkeep`: small files become few, files that no version needs any more go. Content never changes."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    del parser


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Compact and clean what needs it. Raises: as `maintain`."""
    from jobs.upkeep.job import maintain

    del args
    return maintain(settings)
