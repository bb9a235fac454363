"""`assay simulate`: files of the simulated plant into the landing folder, the truth beside the lake's reach."""

import argparse
from pathlib import Path

from jobs.runtime.errors import UsageError
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Size, seed and which of the two deliveries."""
    parser.add_argument("--truth", type=Path, required=True, help="folder for what really happened; not in landing")
    parser.add_argument("--days", type=int, default=120, help="length of the records; default 120")
    parser.add_argument("--machines", type=int, default=24, help="machines of both factories; default 24")
    parser.add_argument("--seed", type=int, default=20260331, help="the same seed gives the same bytes")
    parser.add_argument(
        "--step", type=int, choices=[1, 2], help="1: up to the last day; 2: what comes later; default: both"
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Simulate and deliver.

    Raises:
        UsageError: The configuration or a folder is not legal.
    """
    from simulator.errors import ConfigError
    from simulator.plant import SimulationConfig
    from simulator.write import simulate

    steps = (args.step,) if args.step else (1, 2)
    try:
        config = SimulationConfig(days=args.days, machines=args.machines, seed=args.seed)
        truth = simulate(config, settings.landing, args.truth, steps=steps)
    except ConfigError as exc:
        raise UsageError(str(exc)) from exc
    records = truth.feeds["readings"].records
    line = f"simulate: {records:,} readings of {args.machines} machines over {args.days} days in {settings.landing}"
    return RunReport("simulate", changed=True, lines=(line,), data={"readings": records, "truth": args.truth})
