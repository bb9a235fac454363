"""Every benchmark, one after the other: `python -m bench`. `--size 4M 10M` sets the readings of the data plane."""

import argparse
import sys
from collections.abc import Sequence

from bench import (
    answers,
    data_plane,
    forms,
    gateway,
    gateway_fleet,
    hourly,
    late,
    nothing_new,
    one_machine,
    parsing,
    score_row,
)
from bench.measure import SMALL, add_work

_SMALL = "40k"


def main(argv: Sequence[str] | None = None) -> int:
    """The data plane first, then forms of files, hours and waits, gateways, and one row."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", nargs="+", default=["4M", "10M"], help="readings of the data plane; default: 4M 10M")
    add_work(parser)
    parser.add_argument("--small", action="store_true", help=SMALL)
    arguments = parser.parse_args(argv)
    work = [f"--work={arguments.work}"] if arguments.work else []
    small = ["--small"] if arguments.small else []
    sizes = [_SMALL] if arguments.small else arguments.size
    print("== data plane")
    data_plane.main(["--size", *sizes, *work])
    print("\n== parsing by the floor")
    parsing.main([*work, *small])
    print("\n== forms of files")
    forms.main(small)
    print("\n== one machine")
    one_machine.main([*work, *small])
    print("\n== hour after hour")
    hourly.main([*work, *small])
    print("\n== one late reading")
    late.main([*work, *small])
    print("\n== nothing new")
    nothing_new.main([*work, *small])
    print("\n== waits for the command line")
    answers.main([*work, *small])
    print("\n== gateway")
    gateway.main([*work, *small])
    print("\n== a fleet of gateways")
    gateway_fleet.main(small)
    print("\n== one row")
    score_row.main(small)
    return 0


if __name__ == "__main__":
    sys.exit(main())
