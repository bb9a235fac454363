"""`assay keys make|show`: the Ed25519 keys that sign edge bundles, stored outside the lake."""

import argparse

from jobs.edge.key_names import DEFAULT_NAME
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to do and with which key."""
    parser.add_argument("action", choices=["make", "show"], help="make a key (once), or show the public part of one")
    parser.add_argument("--name", default=DEFAULT_NAME, help=f"name of the key; default: {DEFAULT_NAME}")
    parser.add_argument(
        "--new-root", action="store_true",
        help="make: though the lake's bundles were signed by keys that are not in this folder",
    )  # fmt: skip


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Make or show a key. Raises: as `make` and `show`."""
    from jobs.edge.keys import make, show

    if args.action == "make":
        return make(settings, args.name, new_root=args.new_root)
    return show(settings, args.name)
