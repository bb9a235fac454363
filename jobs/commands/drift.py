"""`assay drift`: how far features and scores of the last days are from those of the weeks before."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    parser.epilog = (
        "Windows and limits are numbers of the plant's policy, which `assay settings` shows. A drift changes no exit "
        "code: it is an answer."
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Bring the tables of drift up to gold. Raises: as `measure_new`."""
    del args
    from jobs.drift.job import measure_new

    return measure_new(settings)
