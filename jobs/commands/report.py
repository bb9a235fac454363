"""`assay report`: the plant's page, one file that opens offline, and its summary. It never writes to the lake.

`--as-of` is the clock that the page shows and that ages are judged by; tables are read as they stand. Without it the
page goes by the newest clock that the lake speaks of, and the same lake gives the same bytes on any day.
"""

import argparse
import json
from pathlib import Path

from jobs.runtime.load_plant import load_plant
from jobs.runtime.report import RunReport, plain
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError
from lakehouse.plant import Plant

DEFAULT_OUT = Path("report.html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the page goes and where the bundle is."""
    parser.add_argument(
        "--out",
        type=Path,
        default=DEFAULT_OUT,
        metavar="FILE.html",
        help=f"the page; default: {DEFAULT_OUT} in the working directory",
    )
    parser.add_argument("--summary", type=Path, metavar="FILE.json", help="write the summary there too, for programs")
    parser.add_argument(
        "--bundle",
        type=Path,
        metavar="PATH",
        help="the bundle to show, or a folder to find the champion's in; default: bundles in the lake",
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Write the page; the lines and the data of the report are the summary.

    Raises:
        UsageError: The page would lie inside the lake or cannot be written, or the named bundle is not there.
    """
    from report.facts import collect
    from report.page import render_page
    from report.summary import summary_lines, summary_of

    _check_file("--out", args.out, DEFAULT_OUT.name, settings)
    if args.summary is not None:
        _check_file("--summary", args.summary, "summary.json", settings)
    if args.bundle is not None and not args.bundle.exists():
        raise UsageError(f"--bundle {args.bundle} is not there; legal: a bundle file or a folder of bundles")
    plant = load_plant(settings)
    facts = collect(plant, args.bundle, settings.cores, args.as_of)
    _write("--out", args.out, render_page(facts))
    data = {**summary_of(facts), "report": args.out}
    if args.summary is not None:
        _write("--summary", args.summary, json.dumps(plain(data), indent=2, ensure_ascii=False) + "\n")
    lines = (*summary_lines(facts), *_missing(settings, plant), f"report: {args.out}")
    return RunReport("report", changed=False, lines=lines, data=data)


def _missing(settings: Settings, plant: Plant) -> tuple[str, ...]:
    """What the page of a lake without readings lacks, and why."""
    if plant.lake.row_count(plant.tables["silver.readings"]):
        return ()
    from jobs.diagnosis.emptiness import why_empty

    where = f"the lake {settings.lake} {'holds no readings' if settings.lake.exists() else 'is not there'}"
    return (f"no readings to show: {where}: {why_empty(settings, plant, 'silver.readings')}",)


def _check_file(option: str, file: Path, example: str, settings: Settings) -> None:
    if file.resolve().is_relative_to(settings.lake.resolve()):
        raise UsageError(f"{option} {file} lies inside the lake {settings.lake}; legal: a file outside it")
    if file.is_dir():
        raise UsageError(f"{option} {file} is a folder; legal: a file such as {file / example}")


def _write(option: str, file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"{option} {file}: {exc.strerror}; legal: a file in a folder you may write") from exc
