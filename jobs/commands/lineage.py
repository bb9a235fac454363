"""`assay lineage`: where a file, a table, a model, a bundle or a score came from, and what was made of it."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is asked of."""
    parser.add_argument(
        "what",
        help="FILE (its path below landing, or the end of it), FILE:LINE, TABLE, TABLE@VERSION, a model's version or "
        "the begin of it, a bundle's name, or 'MACHINE at TIME' (also 'FACTORY/MACHINE at TIME')",
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Both directions, down to the files. Raises: as `asked`."""
    from jobs.lineage.asked import asked

    return asked(settings, args.what)
