import argparse
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs import cli
from jobs.models.registered import asked as models
from jobs.quarantine import asked as quarantine
from jobs.runtime.arguments import instant
from tests.support.imports import foreign_imports
from tests.support.waiting import output

REPO = Path(__file__).parents[2]
pytestmark = pytest.mark.usefixtures("away_from_the_users_settings")


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_listed_command_builds_its_parser(name: str) -> None:
    job = cli.load_job(name)

    parser = cli.command_parser(name, job)

    assert callable(job.run)
    assert parser.prog == f"assay {name}"


@pytest.mark.parametrize(("name", "writes"), [("quarantine", quarantine.WRITES), ("models", models.WRITES)])
def test_each_action_either_reads_or_writes(name: str, writes: tuple[str, ...]) -> None:
    """What writes opens the plant for that, and holds the lake; what reads does neither."""
    parser = cli.command_parser(name, cli.load_job(name))
    (action,) = [one for one in parser._actions if one.dest == "action"]

    assert sorted(action.choices or ()) == sorted((*cli.COMMANDS[name].reads, *writes))


@pytest.mark.parametrize("words", [["--help"], *([name, "--help"] for name in cli.COMMANDS)], ids=" ".join)
def test_help_imports_nothing_beyond_the_standard_library_and_ours(words: list[str]) -> None:
    """What takes seconds to load is a third party's. `python -m bench.answers` prints the seconds of each page."""
    foreign, said = foreign_imports(f"from jobs.cli import main\nmain({words!r})")

    assert said.startswith("usage: assay")
    assert foreign == set()


def test_a_foreign_import_is_seen() -> None:
    assert foreign_imports("import numpy") == ({"numpy"}, "")


def test_json_is_exactly_one_line_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["settings", "--json", "--lake", "somewhere"])

    out = capsys.readouterr().out
    report = json.loads(out)
    assert code == 0
    assert out.count("\n") == 1
    assert (report["job"], report["changed"]) == ("settings", False)
    assert report["settings"]["lake"] == {
        "value": str(Path("somewhere").absolute()),
        "origin": "command line --lake",
    }


def test_bad_setting_is_a_usage_error_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["settings", "--json", "--cores", "none"])

    captured = capsys.readouterr()
    assert code == 2
    assert "--cores = 'none'; legal: a whole number, at least 1" in captured.err
    assert "Traceback" not in captured.err
    assert json.loads(captured.out)["exit_code"] == 2


@pytest.mark.parametrize("words", [["settings"], ["settings", "--json", "--verbose"]], ids=" ".join)
def test_a_token_is_nowhere_in_what_a_refusal_says(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_ENGINE", "sc://host/;token=SECRET")

    code = cli.main(words)

    said = capsys.readouterr()
    assert (code, "SECRET" in said.out + said.err) == (2, False)
    assert "ASSAY_ENGINE = 'sc://host/;token=***'" in said.err


def test_verbose_adds_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["settings", "--verbose", "--cores", "none"])

    assert "Traceback" in capsys.readouterr().err


def test_unknown_command_names_the_legal_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["nonsense"])

    assert end.value.code == 2
    assert "'settings'" in capsys.readouterr().err


def test_every_job_takes_a_clock_but_the_one_whose_dates_follow_from_its_seed() -> None:
    """Jobs read or write what a plant's clock says; the others manage the machine, or ask at no time in particular."""
    no_jobs = {"engine", "keys", "plant", "sql", "ask", "lineage", "verify", "calculate", "settings", "doctor"}

    taking = {name for name in cli.COMMANDS if "--as-of" in cli.command_parser(name, cli.load_job(name)).format_help()}

    assert set(cli.COMMANDS) - taking - no_jobs == {"simulate"}
    assert not taking & no_jobs


def test_clock_is_read_as_utc() -> None:
    assert instant("2026-11-21T06:00:00+02:00") == datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-21T06:00:00", "yesterday"], ids=["no zone", "no time"])
def test_clock_without_zone_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="ISO 8601 with a zone"):
        instant(text)


def test_closed_pipe_ends_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)

    words = [sys.executable, "-m", "jobs.cli", "settings"]
    done = subprocess.run(words, cwd=REPO, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)

    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("words", [["settings"], ["settings", "--json"]], ids=" ".join)
def test_full_disk_has_its_sentence(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "jobs.cli", *words]
        done = subprocess.run(command, cwd=REPO, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert done.returncode == 1
    assert "the disk is full; free some space" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_while_the_command_is_loaded_ends_cleanly(tmp_path: Path) -> None:
    """The signal comes when the module of the command is looked for."""
    code = (
        "import os, signal, sys\nfrom jobs import cli\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'jobs.commands.pipeline':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        f"sys.exit(cli.main(['pipeline', '--json', '--lake', {str(tmp_path / 'lake')!r}]))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=False)

    assert done.returncode == 130
    assert "interrupted; run the same command again to go on" in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["exit_code"] == 130


@pytest.mark.parametrize(
    ("number", "codes"),
    [(signal.SIGINT, (130,)), (signal.SIGTERM, (130, 143))],  # 130 where the library in charge turns it into its own
    ids=["Ctrl-C", "SIGTERM"],
)
def test_interrupted_query_ends_cleanly(number: signal.Signals, codes: tuple[int, ...], tmp_path: Path) -> None:
    endless = "SELECT count(*) FROM range(3000000000) a, range(100) b WHERE random() > 2"
    command = [sys.executable, "-m", "jobs.cli", "sql", "--verbose", "--lake", str(tmp_path / "lake"), endless]
    process = subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "asking" in process.stderr.readline()

    try:
        process.send_signal(number)
        out, err = output(process)
    finally:
        process.kill()

    assert process.returncode in codes
    assert out == ""
    assert ("interrupted; run the same command again" in err) == (process.returncode == 130)
