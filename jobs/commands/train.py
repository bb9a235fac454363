"""`assay train`: a new version from what gold holds, checked by the gate and registered."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Horizon and the parameters that people turn."""
    parser.add_argument(
        "--horizon", default="24h", help="how far ahead the failure model looks: one of the profile's label horizons"
    )
    parser.add_argument("--rounds", type=int, help="trees of the failure model; default 500")
    parser.add_argument("--seed", type=int, help="seed of both models")
    parser.add_argument(
        "--set", action="append", default=[], metavar="MODEL.PARAMETER=VALUE",
        help="another parameter, as failure.max_depth=4; repeatable, or with commas between; an unknown one lists all",
    )  # fmt: skip
    parser.add_argument("--approved-by", metavar="NAME", help="a person's yes, for a plant with too few failures")
    parser.add_argument("--reason", help="why this training was started, for the registry")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Train, run the gate, register. Raises: as `train_new`."""
    from jobs.models.train import train_new
    from jobs.models.wish import Wish

    approved_by, reason = ((text or "").strip() or None for text in (args.approved_by, args.reason))
    return train_new(
        settings, Wish(args.horizon, args.rounds, args.seed, approved_by, reason, tuple(args.set)), args.as_of
    )
