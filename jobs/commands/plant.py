"""`assay plant draft|check|try|schema`: from files to a plant's mappings, before any lake reads by them."""

import argparse
from pathlib import Path

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError

_EPILOG = (
    "draft: looks at the files of a folder and writes a first profile and mappings, each guess with its evidence, each "
    "question marked. check: every file in landing beside the mappings that match it; the rules of the profile. try: "
    "the first records of one file as a mapping reads them, each below its line; what is rejected and why. schema: "
    "JSON schemas of profile and mappings, written into the plant's folder for editors. No lake is touched. Exit code "
    "2 where a rule of the profile cannot be used, 3 "
    "where a person is needed: a file without a mapping or with several, a refused mapping, a rejected record."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to do, and with which mapping and file."""
    parser.epilog = _EPILOG
    parser.add_argument("action", choices=["draft", "check", "try", "schema"], help="what to do")
    parser.add_argument(
        "mapping",
        nargs="?",
        metavar="MAPPING",
        help="try: name of a mapping, or a path to its file; draft: the folder; schema: the plant's folder",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="try: a file; default: the newest in landing that it matches"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("drafted"), help="draft: folder of the plant; default: drafted"
    )
    parser.add_argument("--records", type=int, default=10, metavar="N", help="try: how many are shown; default 10")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Draft, check, try, or write schemas. Raises: as those; UsageError: a word of the action is missing or wrong."""
    if args.action == "draft":
        from jobs.plant.draft.job import draft_plant

        if args.mapping is None:
            raise UsageError("draft needs the folder of the files, such as `assay plant draft landing`")
        return draft_plant(Path(args.mapping), args.out)
    if args.action == "check":
        from jobs.plant.checking import check_landing

        if args.mapping is not None:
            raise UsageError(f"check takes no mapping; got {args.mapping}; `assay plant try {args.mapping}` tries one")
        return check_landing(settings)
    if args.action == "schema":
        from jobs.plant.schemas import write_schemas

        if args.mapping is None:
            raise UsageError("schema needs the folder of the plant, such as `assay plant schema pump_station`")
        return write_schemas(Path(args.mapping))
    from jobs.plant.trying import try_mapping

    if args.mapping is None or args.records < 1:
        raise UsageError("try needs the name of a mapping, and --records of at least 1; `assay plant check` lists them")
    return try_mapping(settings, args.mapping, args.file, args.records)
