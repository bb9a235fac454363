"""Every benchmark, one after the other: `python -m bench`. `--size 4M 10M` sets the readings of the data plane."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import answers, data_plane, gateway, hourly, late, nothing_new, one_machine, score_row


def main(argv: Sequence[str] | None = None) -> int:
    """Data plane, one machine, hours, one late reading, nothing new, waits for the command line, gateway, one row."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", nargs="+", default=["4M", "10M"], help="readings of the data plane; default: 4M 10M")
    parser.add_argument("--work", type=Path, help="folder for files and lakes (default: a temporary one)")
    arguments = parser.parse_args(argv)
    work = [f"--work={arguments.work}"] if arguments.work else []
    print("== data plane")
    data_plane.main(["--size", *arguments.size, *work])
    print("\n== one machine")
    one_machine.main(work)
    print("\n== hour after hour")
    hourly.main(work)
    print("\n== one late reading")
    late.main(work)
    print("\n== nothing new")
    nothing_new.main(work)
    print("\n== waits for the command line")
    answers.main(work)
    print("\n== gateway")
    gateway.main(work)
    print("\n== one row")
    score_row.main([])
    return 0


if __name__ == "__main__":
    sys.exit(main())
