"""`assay ingest`: what is new in the landing folder becomes rows of bronze, each record exactly once."""

import argparse

from jobs.runtime.arguments import instant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which files are admitted."""
    parser.add_argument(
        "--files-until", type=instant, metavar="TIME",
        help="admit only files that were last changed at or before this time, ISO 8601 with a zone; the others wait",
    )  # fmt: skip
    parser.add_argument(
        "--again", metavar="FILE|MAPPING",
        help="read one file of the landing folder, or all that a mapping reads, again under the mapping as it is now",
    )  # fmt: skip
    parser.epilog = (
        "A record may lie 10 minutes (the profile's `ahead`) after the clock of its file: the time at which the file "
        "is admitted. With --as-of it is the later of that and the file's modification time, never beyond this "
        "machine's clock. Exit code 2 where a mapping is refused: its files wait, the others are read."
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Ingest what is new, or again what was read. Raises: as `ingest_new` and `ingest_again`."""
    from jobs.ingest.job import ingest_again, ingest_new
    from jobs.ingest.new_files import Admission
    from jobs.rules.job import with_rules
    from jobs.runtime.load_plant import load_plant

    if args.again is not None:
        if args.files_until is not None:
            raise UsageError("--again with --files-until; name one of them: --again reads what was admitted before")
        report = ingest_again(settings, Admission(args.as_of), args.again)
    else:
        report = ingest_new(settings, Admission(args.as_of, args.files_until))
    return with_rules(report, load_plant(settings), "bronze")
