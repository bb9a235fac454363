"""`assay settings`: what is in force, and where each value came from."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import FILE_NAME, FILE_VARIABLE, PREFIX, Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has no options of its own."""
    parser.epilog = (
        f"File: {FILE_NAME} or ${FILE_VARIABLE}. Variables: {PREFIX}LAKE, and so on. Options: --lake, and so on. "
        f"Settings of [alerts]: the file's table, or {PREFIX}ALERTS_WEBHOOK_URL, and so on."
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """A line for each setting."""
    from jobs.runtime.settings_shown import shown

    del args
    return shown(settings)
