"""Every benchmark, one after the other: `python -m bench`. `--size 4M 10M` sets the readings of the data plane."""

import argparse
import sys
from collections.abc import Sequence

from bench import (
    answers,
    azure_events,
    azure_slice,
    data_plane,
    drift,
    every_table,
    features,
    forms,
    gate,
    gateway,
    gateway_fleet,
    hourly,
    large_training,
    late,
    nothing_new,
    one_machine,
    parsing,
    plant,
    score_row,
    sensor_health,
    tennessee_eastman,
    true_state,
    vibration,
)
from bench.measure import SMALL, add_work

_SMALL = "40k"


def main(argv: Sequence[str] | None = None) -> int:
    """The data plane, forms of files, hours and waits, gateways, one row, published sets, and gates."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--size", nargs="+", default=["4M", "10M"], help="readings of the data plane; default: 4M 10M")
    add_work(parser)
    parser.add_argument("--small", action="store_true", help=SMALL)
    parser.add_argument("--without", nargs="+", default=[], metavar="TITLE", help="leave these out, by their titles")
    arguments = parser.parse_args(argv)
    work = [f"--work={arguments.work}"] if arguments.work else []
    small = ["--small"] if arguments.small else []
    sizes = [_SMALL] if arguments.small else arguments.size
    both = [*work, *small]
    benches = (
        ("data plane", data_plane, ["--size", *sizes, *work]),
        ("every table", every_table, ["--size", *sizes, *work]),
        ("buckets to features", features, [*(small or ["--size", "1M"]), *work]),
        ("parsing by the floor", parsing, both),
        ("forms of files", forms, small),
        ("one machine", one_machine, both),
        ("hour after hour", hourly, both),
        ("one late reading", late, both),
        ("nothing new", nothing_new, both),
        ("waits for the command line", answers, both),
        ("gateway", gateway, both),
        ("a fleet of gateways", gateway_fleet, small),
        ("one row", score_row, small),
        ("vibration windows", vibration, small),
        ("more rows than memory", large_training, both),
        ("threshold by alarms", azure_events, small),
        ("beside plain rules", azure_slice, small),
        ("drift", drift, small),
        ("sensor health", sensor_health, small),
        ("faults of a process", tennessee_eastman, small),
        ("the challenger's gate", gate, small),
        ("the simulated plant", plant, small),
        ("the true state", true_state, small),
    )
    if unknown := sorted({*arguments.without} - {title for title, _, _ in benches}):
        parser.error(f"unknown title {unknown[0]!r}; legal: {', '.join(title for title, _, _ in benches)}")
    wanted = [one for one in benches if one[0] not in arguments.without]
    for number, (title, bench, words) in enumerate(wanted):
        print(f"\n== {title}" if number else f"== {title}")
        bench.main(words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
