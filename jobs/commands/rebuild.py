"""`assay rebuild`: silver and gold of a lake that older code wrote by other keys, built again from bronze."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""
    parser.epilog = (
        "Where `assay doctor` asks for it, once. Bronze is only read. Killed at any moment, the same command goes on. "
        "Where no table is of old keys it brings silver and gold up to date, and counts."
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Build silver and gold again. Raises: as `rebuild_layers`."""
    from jobs.rebuild.job import rebuild_layers

    return rebuild_layers(settings, args.as_of)
