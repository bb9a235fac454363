"""`assay ingest`: what is new in the landing folder becomes rows of bronze, each record exactly once."""

import argparse

from jobs.runtime.arguments import instant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files are admitted."""
    parser.add_argument(
        "--files-until", type=instant, metavar="TIME",
        help="admit only files that were last changed at or before this time, ISO 8601 with a zone; the others wait",
    )  # fmt: skip
    parser.epilog = (
        "A record may lie 10 minutes (the profile's `ahead`) after the clock of its file: the time at which the file "
        "is admitted. With --as-of it is the later of that and the file's modification time, never beyond this "
        "machine's clock. Exit code 2 where a mapping is refused: its files wait, the others are read."
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Ingest what is new. Raises: as `ingest_new`."""
    from jobs.ingest.job import ingest_new
    from jobs.ingest.new_files import Admission

    return ingest_new(settings, Admission(args.as_of, args.files_until))
