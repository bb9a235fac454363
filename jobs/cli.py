"""The `assay` command: finds the sub-command, settings and lock, runs it, and reports."""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from jobs.runs.recorded import is_recorded, recorded
from jobs.runtime.arguments import instant
from jobs.runtime.clock import wall_clock
from jobs.runtime.exits import ExitCode, end_cleanly_on_signals, exit_code, sentence
from jobs.runtime.progress import progress
from jobs.runtime.report import RunReport, write_failure, write_report
from jobs.runtime.setting_keys import KEYS
from jobs.runtime.settings import Settings, load_settings
from lakehouse.arrow_alone import load_arrow
from lakehouse.lock import lake_lock
from lakehouse.log import configure_log, log

# Commands that hand Arrow nothing of pandas and always need Arrow.
ARROW_ALONE = (
    "ingest", "quarantine", "silver", "gold", "rebuild", "score", "promote", "rollback", "models", "quality", "drift",
    "upkeep", "report", "status", "sql", "ask", "lineage",
)  # fmt: skip
NOW, OF_THE_LAKE = "now", "the newest time in the lake"
OF_ADMISSION = "now, and for a file the time at which it is admitted"


@dataclass(frozen=True, slots=True)
class Command:
    """One sub-command: its module, one line of help, its default clock, whether it writes to the lake.

    Its actions in `reads` do not: they wait for no run that holds the lake, and answer of a lake on a read-only disk.

    Without a clock it takes no `--as-of`: `simulate`, whose dates follow from its options, so that the same seed gives
    the same bytes; and what is no job.
    """

    module: str
    help: str
    clock: str = ""
    writes: bool = False
    reads: tuple[str, ...] = ()

    def is_writing(self, args: argparse.Namespace) -> bool:
        """Whether it writes to the lake, as it was called."""
        return self.writes and getattr(args, "action", None) not in self.reads


class Job(Protocol):
    """What a module of a command offers. It imports nothing heavy before `run`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options of the command, beside those that every command has."""

    def run(self, args: argparse.Namespace, settings: Settings) -> RunReport:
        """Do the work. `args.as_of` is an aware UTC time where the command's clock is `NOW`; else it may be None."""


class _ShowVersion(argparse.Action):
    """Says which Assay this is, and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from jobs.runtime.version import version

        sys.stdout.write(f"{version()}\n")
        parser.exit()


EXIT_CODES = "Exit codes: 0 done, 1 unexpected, 2 usage, 3 a gate refused, 130 interrupted."
COMMANDS: Mapping[str, Command] = {
    "ingest": Command(
        "jobs.commands.ingest", "read new files from the landing folder into bronze", clock=OF_ADMISSION, writes=True
    ),
    "silver": Command("jobs.commands.silver", "refine new bronze records into silver", clock=NOW, writes=True),
    "gold": Command("jobs.commands.gold", "update gold from what is new in silver", clock=NOW, writes=True),
    "quarantine": Command(
        "jobs.commands.quarantine",
        "list and show what was set aside; repair it, replay it, undo a repair",
        clock=NOW,
        writes=True,
        reads=("list", "show", "clocks", "repairs"),
    ),
    "rebuild": Command(
        "jobs.commands.rebuild",
        "build silver and gold again from bronze where older code wrote them by other keys",
        clock=NOW,
        writes=True,
    ),
    "score": Command("jobs.commands.score", "score every machine with the champion's bundle", clock=NOW, writes=True),
    "train": Command("jobs.commands.train", "train a model version from gold and run its gate", clock=NOW, writes=True),
    "promote": Command(
        "jobs.commands.promote", "make the newest version champion if its gate passed", clock=NOW, writes=True
    ),
    "retrain": Command(
        "jobs.commands.retrain",
        "train a version, promote it if its gate passed, seal its bundle",
        clock=NOW,
        writes=True,
    ),
    "rollback": Command("jobs.commands.rollback", "make the previous champion champion again", clock=NOW, writes=True),
    "models": Command(
        "jobs.commands.models",
        "list, show, compare, promote, roll back, retire or export model versions; confirm alarms",
        clock=NOW,
        writes=True,
        reads=("list", "show", "diff", "export", "confirm"),
    ),
    "bundle": Command(
        "jobs.commands.bundle",
        "seal the champion for gateways; verify, show or sign a bundle",
        clock=NOW,
        writes=True,
        reads=("verify", "show"),
    ),
    "gateway": Command(
        "jobs.commands.gateway",
        "replay recorded files through a gateway process, or write the gateway as one file",
        clock=NOW,
    ),
    "engine": Command("jobs.commands.engine", "start, stop, show, serve or lease the warm Spark engine"),
    "simulate": Command("jobs.commands.simulate", "write the files of a simulated plant into the landing folder"),
    "quality": Command(
        "jobs.commands.quality", "account for every record and check the age of tables", clock=NOW, writes=True
    ),
    "drift": Command(
        "jobs.commands.drift",
        "compare features and scores of the last days with the weeks before",
        clock=NOW,
        writes=True,
    ),
    "upkeep": Command("jobs.commands.upkeep", "compact small files and remove unneeded ones", clock=NOW, writes=True),
    "pipeline": Command(
        "jobs.commands.pipeline",
        "run the whole pipeline in one process, without Airflow",
        clock=OF_ADMISSION,
        writes=True,
    ),
    "report": Command("jobs.commands.report", "write the plant report and its summary", clock=OF_THE_LAKE),
    "status": Command(
        "jobs.commands.status", "show the state of everything on one screen, and what to do next", clock=NOW
    ),
    "keys": Command("jobs.commands.keys", "make or show the keys that sign edge bundles"),
    "sql": Command("jobs.commands.sql", "query any table of the lake; without a query: list the tables and columns"),
    "ask": Command("jobs.commands.ask", "answer a question that has a name; without one: list them"),
    "lineage": Command(
        "jobs.commands.lineage", "where a file, line, table, model, bundle or score came from, and what was made of it"
    ),
    "verify": Command(
        "jobs.commands.verify", "compute versions of silver and gold again from their sources of then, and compare"
    ),
    "alerts": Command(
        "jobs.commands.alerts", "check what is wrong, notify people, acknowledge; test the channels", clock=NOW
    ),
    "plant": Command(
        "jobs.commands.plant", "draft a profile and mappings from files; check and try mappings; no lake is touched"
    ),
    "calculate": Command(
        "jobs.commands.calculate", "calculate a safety, money, update or alarm case; without a name: list the cases"
    ),
    "settings": Command("jobs.commands.settings", "show the settings in force and where each value came from"),
    "doctor": Command("jobs.commands.doctor", "check this machine, the settings and the lake, and say what to do"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is one of `ExitCode`."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = words[0] if words and words[0] in COMMANDS else top_parser().parse_args(words).command
    try:
        job = load_job(name)
        # Intermixed: files may stand behind options, as in `assay gateway replay --gateway-id g1 FILE`.
        args = command_parser(name, job).parse_intermixed_args(words[words.index(name) + 1 :])
    except KeyboardInterrupt as error:
        configure_log("info")
        return _failed(name, error, as_json="--json" in words)
    return _guarded(name, job, args)


def top_parser() -> argparse.ArgumentParser:
    """The parser of `assay` itself: it knows the commands' names and one line of each."""
    width = max(map(len, COMMANDS))
    lines = "\n".join(f"  {name:<{width}}  {command.help}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="assay",
        description="A batch lakehouse for industrial sensor data, from raw files to signed edge bundles.",
        epilog=f"commands:\n{lines}\n\n`assay COMMAND --help` says more.\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="assay COMMAND [options]",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="show version, revision and what is pinned")
    parser.add_argument("command", choices=list(COMMANDS), metavar="COMMAND", help="one of those below")
    return parser


def load_job(name: str) -> Job:
    """The module of a command, imported."""
    return cast("Job", importlib.import_module(COMMANDS[name].module))


def command_parser(name: str, job: Job) -> argparse.ArgumentParser:
    """The parser of one command: its own options, those that every command has, and the settings."""
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"assay {name}", description=command.help, allow_abbrev=False)
    job.add_arguments(parser)
    common = parser.add_argument_group("every command")
    common.add_argument("--json", action="store_true", help="one JSON line on standard output")
    common.add_argument("--verbose", action="store_true", help="debug log, and tracebacks of errors")
    if command.clock:
        common.add_argument(
            "--as-of", type=instant, metavar="TIME", help=f"the clock, ISO 8601 with a zone; default: {command.clock}"
        )
    if command.writes:
        common.add_argument("--no-wait", action="store_true", help="exit 2 where another run holds the lake")
    group = parser.add_argument_group("settings (over the environment, over assay.toml)")
    group.add_argument("--settings", type=Path, metavar="FILE", help="the settings file; default: ./assay.toml")
    for key in KEYS.values():
        option = "--" + key.name.replace("_", "-")
        group.add_argument(option, dest=f"setting_{key.name}", metavar=key.name.upper(), help=key.meaning)
    return parser


def _guarded(name: str, job: Job, args: argparse.Namespace) -> int:
    """Run the command; an error becomes a sentence on standard error and an exit code."""
    configure_log("debug" if args.verbose else "info")
    ended = end_cleanly_on_signals()
    try:
        report = _run(name, job, args)
        write_report(report, getattr(args, "as_of", None), sys.stdout, as_json=args.json)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        meant = ended.meant(error)
        if isinstance(meant, SystemExit):
            raise meant from error
        return _failed(name, meant, as_json=args.json)
    return report.exit_code


def _run(name: str, job: Job, args: argparse.Namespace) -> RunReport:
    settings = load_settings(os.environ, given_settings(args), args.settings)
    if not args.verbose:
        configure_log(settings.log_level)
    if COMMANDS[name].clock == NOW and args.as_of is None:
        args.as_of = wall_clock()
    if name in ARROW_ALONE:
        load_arrow()
    if not COMMANDS[name].is_writing(args):
        with progress(name):
            return job.run(args, settings)
    with (
        recorded(settings.state if is_recorded(name, args) else None, name) as run,
        lake_lock(settings.lake, name, wait=not args.no_wait),
        progress(name),
    ):
        run.begin()
        report = job.run(args, settings)
        run.end(report)
        return report


def given_settings(args: argparse.Namespace) -> dict[str, str]:
    """The settings that the command line gave, by name."""
    given = {key: getattr(args, f"setting_{key}") for key in KEYS}
    return {key: value for key, value in given.items() if value is not None}


def _failed(name: str, error: BaseException, *, as_json: bool) -> int:
    code = exit_code(error)
    if code is ExitCode.PIPE_CLOSED:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return code
    log().log(_level_of(code), "%s: %s", name, sentence(error), exc_info=_trace(error))
    if as_json:
        with suppress(OSError):  # standard output itself may be what failed
            write_failure(name, error, code, sentence(error), sys.stdout)
    return code


def _level_of(code: ExitCode) -> int:
    return logging.WARNING if code in (ExitCode.REFUSED, ExitCode.INTERRUPTED) else logging.ERROR


def _trace(error: BaseException) -> BaseException | None:
    return error if log().isEnabledFor(logging.DEBUG) else None


if __name__ == "__main__":
    sys.exit(main())
