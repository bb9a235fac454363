"""`assay simulate`: files of the simulated plant into the landing folder, the truth beside the lake's reach."""

import argparse
from pathlib import Path

from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Size, seed and which of the two deliveries."""
    parser.add_argument("--truth", type=Path, required=True, help="folder for what really happened; not in landing")
    parser.add_argument("--days", type=int, default=120, help="length of the records; default 120")
    parser.add_argument("--machines", type=int, default=24, help="machines of both factories; default 24")
    parser.add_argument("--seed", type=int, default=20260331, help="the same seed gives the same bytes")
    parser.add_argument(
        "--wear", choices=["slow", "fast"], default="slow",
        help="slow: one to three failures a machine-year; fast: about twelve, as the demo; default slow",
    )  # fmt: skip
    parser.add_argument(
        "--prevented", type=float, metavar="FRACTION",
        help="fraction of the failures that a signal shows which a repair prevents; default 0.25, of fast wear 0",
    )  # fmt: skip
    parser.add_argument(
        "--step", type=int, choices=[1, 2, 3], help="1: all but the last day; 2: the rest; default: both"
    )
    parser.add_argument(
        "--months", type=int, choices=[1, 3], default=1,
        help="3: a plant whose sensors change in the second of three months, each a --step; default 1",
    )  # fmt: skip


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Simulate and deliver. Raises: as `simulate`."""
    from jobs.simulation import Simulated, simulate

    plant = Simulated(
        args.truth, args.days, args.machines, args.seed, args.wear, args.prevented, args.step, args.months
    )
    return simulate(settings, plant)
