"""`assay status`: one screen on the state of the whole, and what a person should do."""

import argparse
from pathlib import Path

from jobs.runtime.exits import ExitCode
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings
from lakehouse.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the page goes."""
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the same as a page there; it opens offline")
    parser.epilog = (
        "Exit code 3 where a person is needed; each such line says what to do. Nothing is written to the lake."
    )


def run(args: argparse.Namespace, settings: Settings) -> RunReport:
    """Look at everything, without an engine and without the lake's lock.

    Raises:
        UsageError: The page cannot be written.
    """
    from jobs.status.collect import collect
    from jobs.status.lines import as_data, lines
    from jobs.status.messages.everything import items

    facts = collect(settings, args.as_of)
    said = items(facts)
    shown, data = lines(facts, said), as_data(facts, said)
    if args.html is not None:
        from jobs.status.page import render

        _write(args.html, render(facts, said), settings)
        shown, data = (*shown, f"page: {args.html}"), {**data, "page": args.html}
    code = ExitCode.REFUSED if data["needs_a_person"] else ExitCode.DONE
    return RunReport("status", changed=False, lines=shown, data=data, exit_code=code)


def _write(file: Path, page: str, settings: Settings) -> None:
    if file.resolve().is_relative_to(settings.lake.resolve()):
        raise UsageError(f"--html {file} lies inside the lake {settings.lake}; legal: a file outside it")
    if file.is_dir():
        raise UsageError(f"--html {file} is a folder; legal: a file such as {file / 'status.html'}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")
    except OSError as exc:
        raise UsageError(f"--html {file}: {exc.strerror}; legal: a file in a folder you may write") from exc
