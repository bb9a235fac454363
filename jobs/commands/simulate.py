"""`assay simulate`: files of the simulated plant into the landing folder, the truth beside the lake's reach.

The simulator runs as a process of its own: the platform shares no code with what tests it.
"""

import argparse
import json
import sys
from pathlib import Path

from jobs.runtime.child import run_child
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Size, seed and which of the two deliveries."""
    parser.add_argument("--truth", type=Path, required=True, help="folder for what really happened; not in landing")
    parser.add_argument("--days", type=int, default=120, help="length of the records; default 120")
    parser.add_argument("--machines", type=int, default=24, help="machines of both factories; default 24")
    parser.add_argument("--seed", type=int, default=20260331, help="the same seed gives the same bytes")
    parser.add_argument("--step", type=int, choices=[1, 2], help="1: all but the last day; 2: the rest; default: both")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Simulate and deliver.

    Raises:
        UsageError: The configuration or a folder is not legal.
    """
    options = {"landing": settings.landing, "truth": args.truth.absolute(), "days": args.days,
               "machines": args.machines, "seed": args.seed}  # fmt: skip
    words = [f"--{name}={value}" for name, value in options.items()] + ([f"--step={args.step}"] if args.step else [])
    done = run_child([sys.executable, "-m", "simulator", "--verbose", *words])
    if done.returncode != 0:
        raise UsageError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the simulator failed")
    truth = json.loads(done.stdout)
    records = truth["feeds"]["readings"]["records"]
    line = f"simulate: {records:,} readings of {args.machines} machines over {args.days} days in {settings.landing}"
    return RunReport("simulate", changed=True, lines=(line,), data={"readings": records, "files": truth["files"]})
