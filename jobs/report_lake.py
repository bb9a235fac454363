"""`assay report`: the plant's page, one file that opens offline, and its summary. It never writes to the lake."""

import argparse
from pathlib import Path

from jobs.runtime.errors import UsageError
from jobs.runtime.plant import load_plant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

DEFAULT_OUT = Path("demo/report.html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the page goes and where the bundle is."""
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_OUT, metavar="FILE.html", help=f"the page; default: {DEFAULT_OUT}"
    )
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
    from jobs.report.facts import collect
    from jobs.report.page import render_page
    from jobs.report.summary import summary_lines, summary_of

    _check(args.out, args.bundle, settings)
    facts = collect(load_plant(settings), args.bundle, settings.cores)
    _write(args.out, render_page(facts))
    lines = (*summary_lines(facts), f"report: {args.out}")
    return RunReport("report", changed=False, lines=lines, data={**summary_of(facts), "report": args.out})


def _check(out: Path, bundle: Path | None, settings: Settings) -> None:
    if out.resolve().is_relative_to(settings.lake.resolve()):
        raise UsageError(f"--out {out} lies inside the lake {settings.lake}; legal: a file outside it")
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder; legal: a file such as {out / DEFAULT_OUT.name}")
    if bundle is not None and not bundle.exists():
        raise UsageError(f"--bundle {bundle} is not there; legal: a bundle file or a folder of bundles")


def _write(out: Path, page: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"--out {out}: {exc.strerror}; legal: a file in a folder you may write") from exc
