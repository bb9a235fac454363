"""`assay pipeline`: the whole pipeline in one process on one engine, without Airflow."""

import argparse

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to train, and where to stop."""
    parser.add_argument("--horizon", default="24h", help="how far ahead the failure model predicts; default 24h")
    parser.add_argument("--rounds", type=int, help="trees of the failure model; default: the policy's booster_rounds")
    parser.add_argument("--until", choices=["silver", "gold", "bundle"], default="bundle", help="where to stop")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Every job in order. Raises: as `run_all`."""
    from jobs.models.wish import Wish
    from jobs.pipeline.job import Wanted, run_all

    return run_all(settings, Wanted(Wish(args.horizon, args.rounds), args.until, args.as_of))
