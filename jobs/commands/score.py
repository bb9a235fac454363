"""`assay score`: every closed feature row scored by the champion's bundle, and the gateways' own scores beside it."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    del parser


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Append the scores that are not there yet. Raises: as `score_new`."""
    from jobs.edge.scoring import score_new

    return score_new(settings, args.as_of)
