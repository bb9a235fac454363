"""`assay promote`: the version trained last becomes champion, if its gate passed."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which version, and why."""
    parser.add_argument("--version", help="promote this version, also one that a rollback took back; default: newest")
    parser.add_argument("--reason", help="why, for the registry, beside the gate's verdict")
    parser.add_argument(
        "--approved-by", metavar="NAME", help="the person who says yes, where the policy's promotion_approvals asks"
    )
    parser.add_argument(
        "--unless-taken-back",
        action="store_true",
        help="refuse a version that a rollback took back, though it is named",
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Promote the version. Raises: as `promote`."""
    from jobs.models.promote import Yes, promote_in_force

    reason, approved_by = ((text or "").strip() or None for text in (args.reason, args.approved_by))
    return promote_in_force(settings, args.as_of, args.version, Yes(reason, approved_by, args.unless_taken_back))
