"""`assay bundle build|verify|show|sign`: the champion as a small signed file that a gateway loads."""

import argparse
from pathlib import Path

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with which file."""
    parser.add_argument(
        "action", choices=["build", "verify", "show", "sign"],
        help="seal the champion; check a file; list it; add a signature to it",
    )  # fmt: skip
    parser.add_argument("file", type=Path, nargs="?", help="not for build: the bundle; default: the champion's newest")
    parser.add_argument("--expires", metavar="UTC", help="build: gateways refuse it from YYYY-MM-DDTHH:MM:SSZ on")
    parser.add_argument("--rollback-floor", metavar="N", type=int, help="build: gateways that proved it refuse less")
    parser.add_argument("--hardware", metavar="NAME", action="append",
        help="build: only gateways of this hardware take it (x86_64, aarch64, armv7, or a fleet's own name); "
        "may be repeated; default: any")  # fmt: skip
    parser.add_argument("--also", metavar="VERSION", action="append",
        help="build: a registered version whose models, as of another horizon, are sealed beside the champion's; "
        "may be repeated; default: as the champion's newest bundle says")  # fmt: skip
    parser.add_argument("--trusted-key", metavar="HEX", action="append",
        help="not for build: a key that must have signed; may be repeated; default: the release key")  # fmt: skip
    parser.add_argument("--threshold", metavar="K", type=int, default=1,
        help="not for build: how many different trusted keys must have signed; default 1")  # fmt: skip
    parser.add_argument("--key", metavar="NAME", help="sign: name of the key that signs, as `assay keys make` made it")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Build, verify, show or sign. Raises: as `build_champion`, `verify` and `sign`; UsageError: options do not fit."""
    from jobs.edge.building import Validity, build_champion
    from jobs.edge.verifying import Asked, sign, verify

    validity = Validity.asked(args.expires, args.rollback_floor, args.hardware or (), args.also or ())
    if args.action == "build":
        return build_champion(settings, validity)
    if validity != Validity():
        raise UsageError(
            f"--expires, --rollback-floor, --also and --hardware are sealed into a bundle, not asked by {args.action}"
        )
    if (args.action == "sign") != (args.key is not None):
        raise UsageError("sign takes --key NAME, the name of the key that signs; verify and show take none")
    asked = Asked(args.file, tuple(args.trusted_key or ()), args.threshold)
    if args.action == "sign":
        return sign(settings, asked, args.key)
    return verify(settings, asked, with_members=args.action == "show")
