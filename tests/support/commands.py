"""Commands called in this process, and what a folder holds."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from jobs.cli import command_parser, load_job
from jobs.runtime.arguments import instant
from jobs.runtime.report import RunReport
from jobs.runtime.settings import Settings

Stamp = tuple[int, int]


def arguments(*words: str, as_of: datetime) -> argparse.Namespace:
    """The parsed words of a command, with its clock."""
    args = command_parser(words[0], load_job(words[0])).parse_args(list(words[1:]))
    args.as_of = as_of
    return args


def assay(settings: Settings, *words: str, as_of: datetime | str = datetime(2026, 4, 1, tzinfo=UTC)) -> RunReport:
    """Run a command as the command line would, without its lock and its exit code."""
    clock = instant(as_of) if isinstance(as_of, str) else as_of
    return load_job(words[0]).run(arguments(*words, as_of=clock), settings)


def snapshot(folder: Path) -> dict[str, Stamp]:
    """Size and modification time of every file and folder below a folder."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
    }
