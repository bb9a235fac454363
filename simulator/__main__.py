"""`python -m simulator --landing DIR --truth DIR`: a simulated plant's files, and the truth aside."""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from simulator.errors import ConfigError
from simulator.months import MONTHS, over_months
from simulator.pace import FAST, PACES, at_pace
from simulator.plant import SimulationConfig
from simulator.write import simulate


def parser() -> argparse.ArgumentParser:
    """The command line."""
    default = SimulationConfig()
    made = argparse.ArgumentParser(prog="simulator", description=__doc__)
    made.add_argument("--landing", type=Path, required=True, help="folder for the plant's files")
    made.add_argument("--truth", type=Path, required=True, help="folder for truth.json and readings.parquet")
    made.add_argument("--days", type=int, default=default.days, help="days of operation (%(default)s)")
    made.add_argument("--machines", type=int, default=default.machines, help="machines, both factories (%(default)s)")
    made.add_argument("--cadence", type=int, default=default.cadence_s, help="seconds between readings (%(default)s)")
    made.add_argument("--seed", type=int, default=default.seed, help="seed of every random number (%(default)s)")
    made.add_argument("--wear", choices=PACES, default=FAST, help="how fast components wear (%(default)s)")
    made.add_argument("--prevented", type=float, help="fraction of visible failures prevented (by --wear)")
    made.add_argument("--waveform-days", type=int, default=0, help="last days with windows of vibration (%(default)s)")
    made.add_argument("--clean", action="store_true", help="no faults of sensors and gateways")
    made.add_argument("--step", type=int, choices=(1, 2, 3), help="deliver one of the steps only (all)")
    made.add_argument("--months", type=int, choices=MONTHS, default=1, help="3: a plant that changes (%(default)s)")
    made.add_argument("--verbose", action="store_true", help="say on standard error how far it is")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the simulation; 0 done, 2 settings that cannot be."""
    args = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO if args.verbose else logging.WARNING, format="%(levelname)s %(message)s")
    try:
        config = SimulationConfig(
            days=args.days,
            machines=args.machines,
            cadence_s=args.cadence,
            seed=args.seed,
            faults=not args.clean,
            waveform_days=args.waveform_days,
        )
        config = over_months(at_pace(config, args.wear, args.prevented), args.months)
        truth = simulate(config, args.landing, args.truth, (args.step,) if args.step else ())
    except ConfigError as exc:
        sys.stderr.write(f"{exc}\n")
        return 2
    feeds = {feed: asdict(counts) for feed, counts in truth.feeds.items()}
    report = {"files": len(truth.files), "failures": len(truth.failures), "feeds": feeds}
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
