"""`assay doctor`: what is wrong with this machine, these settings, this lake, and what to do."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has no options of its own."""
    parser.epilog = "Exit code 1 where anything is FAIL, else 0; a WARN is worth knowing and in nobody's way."


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """A line for each finding."""
    from jobs.diagnosis.job import examine

    del args
    return examine(settings)
