"""`assay quarantine list|show|clocks|replay|undo|repairs`: what was set aside, and its repair."""

import argparse

from jobs.runtime.arguments import instant, number, time_shift
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which records, by what rule, and why."""
    parser.add_argument(
        "action", choices=["list", "show", "clocks", "replay", "undo", "repairs"],
        help="list: counts by fault; show: the records; clocks: how far off gateways' clocks were; "
        "replay: repair records by a rule; undo REPAIR; repairs: all made",
    )  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="REPAIR", help="of undo: the repair, or the begin of its name")
    parser.add_argument("--fault", help="fault of a record, or reason of one that could not be read")
    parser.add_argument("--file", metavar="PATH", help="path below the landing folder, * and ? for any characters")
    parser.add_argument("--gateway", help="the gateway that sent it, of readings")
    parser.add_argument("--sensor", help="its sensor")
    parser.add_argument("--machine", help="its machine")
    parser.add_argument("--metric", help="its metric")
    parser.add_argument("--since", type=instant, metavar="TIME", help="from this time on, ISO 8601 with a zone")
    parser.add_argument("--until", type=instant, metavar="TIME", help="before this time, ISO 8601 with a zone")
    rule = parser.add_argument_group("the rule of replay, one or several")
    rule.add_argument("--scale", type=number, metavar="X", help="times X")
    rule.add_argument("--offset", type=number, metavar="X", help="plus X, after --scale")
    rule.add_argument("--unit", help="the value is in this unit")
    rule.add_argument(
        "--shift", type=time_shift, metavar="SECONDS", help="the time is so many seconds later; -3600: earlier"
    )
    parser.add_argument("--reason", default="", metavar="WHY", help="why, stored with the repair or its undoing")
    parser.add_argument(
        "--apply", action="store_true", help="replay and undo: write it; else only show what would come"
    )
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="show: so many records; default: 20")


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """List, show, replay or undo. Raises: as `answer`."""
    from bronze.repairs import Rule
    from jobs.quarantine.asked import Question, answer
    from jobs.quarantine.chosen import Choice

    choice = Choice(args.fault, args.file, args.sensor, args.machine, args.metric, args.since, args.until, args.gateway)
    rule = Rule(args.scale, args.offset, args.unit, args.shift)
    return answer(
        settings,
        Question(args.action, tuple(args.names), choice, rule, args.reason.strip(), args.limit, args.apply, args.as_of),
    )
