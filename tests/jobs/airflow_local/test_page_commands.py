"""Every command of the runbooks and of the README on Airflow, typed as it is written there, in a fresh checkout."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from jobs.airflow_local import LocalAirflow
from jobs.cli import command_parser, load_job
from tests.architecture.sources import ROOMS
from tests.support import postgres
from tests.support.airflow_jobs import Jobs
from tests.support.waiting import PATIENCE_S, wait_for

ROOT = Path(__file__).resolve().parents[3]
RUNBOOKS = sorted((ROOT / "dags" / "docs").glob("*.md"))
FENCED = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(assay [^`]+)`")
SERVES = "make airflow"
PORT = re.compile(r"PORT=(\d+)")
DATABASE = re.compile(r"DB=postgresql://(?P<user>\w+):(?P<password>\w+)@127.0.0.1:(?P<port>\d+)/(?P<database>\w+)")


def airflow_part() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text[text.index("**Airflow of ours.**") : text.index("**On a device.**")]


def blocks() -> list[str]:
    """The commands of each fenced block, each once."""
    pages = [airflow_part(), *(page.read_text(encoding="utf-8") for page in RUNBOOKS)]
    return list(dict.fromkeys(block for page in pages for block in FENCED.findall(page)))


def serving() -> list[str]:
    return [block for block in blocks() if SERVES in block]


def answering(*, on_database: bool) -> list[str]:
    return [block for block in blocks() if SERVES not in block and ("SQL_ALCHEMY_CONN" in block) is on_database]


def name(block: str) -> str:
    return block.strip().splitlines()[-1][:60]


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_a_command_within_a_sentence_of_a_runbook_is_one_that_assay_takes(page: Path) -> None:
    for command in INLINE.findall(page.read_text(encoding="utf-8")):
        words = shlex.split(command)[1:]
        if "--help" in words or words in (["alerts"], ["rollback"]):
            load_job(words[0])
            continue
        command_parser(words[0], load_job(words[0])).parse_args(words[1:])


def test_the_pages_have_commands() -> None:
    assert len(serving()) == 2
    assert len(answering(on_database=False)) >= 3
    assert len(answering(on_database=True)) >= 1
    assert all("AIRFLOW_HOME" in block for block in blocks() if ".venv/bin/airflow" in block)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fresh_checkout(tmp_path_factory.mktemp("checkout"))


def fresh_checkout(folder: Path) -> Path:
    """This checkout's files and environment under another path, with nothing to set up for make."""
    for entry in ("README.md", "Makefile", "requirements.lock", "setup", "dags", *ROOMS):
        source = ROOT / entry
        if source.is_dir():
            shutil.copytree(source, folder / entry, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / entry)
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))  # older than what `make setup` made
    (folder / ".venv").mkdir()
    for made in (ROOT / ".venv").iterdir():
        (folder / ".venv" / made.name).symlink_to(made.resolve())
    return folder


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    return Jobs(tmp_path_factory.mktemp("jobs"))


def shell(jobs: Jobs) -> dict[str, str]:
    """The environment of a person's shell."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "ASSAY_", "MAKE"))}
    return kept | {"ASSAY_PYTHON": str(jobs.python)}


@contextmanager
def typed(command: str, checkout: Path, jobs: Jobs) -> Iterator[LocalAirflow]:
    """A command that opens Airflow, until Ctrl-C."""
    port = int(found[1]) if (found := PORT.search(command)) else 8080
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            pytest.skip(f"port {port}, which the page names, is taken on this machine")
    output = checkout / "output"
    with output.open("wb") as out:
        process = subprocess.Popen(
            ["bash", "-c", command], cwd=checkout, env=shell(jobs), stderr=out, start_new_session=True
        )
    try:
        wait_for(lambda: _open(process, output), command, lambda: output.read_text("utf-8"))
        yield LocalAirflow(checkout / ".airflow", port)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=PATIENCE_S)


def _open(process: subprocess.Popen[bytes], output: Path) -> bool:
    assert process.poll() is None, output.read_text("utf-8")
    return "Airflow is at" in output.read_text("utf-8")


@pytest.fixture(scope="module")
def airflow(checkout: Path, jobs: Jobs) -> Iterator[LocalAirflow]:
    """What the README's first command opens, with its DAGs unpaused as the pages say."""
    command = next(block for block in serving() if "DB=" not in block)
    with typed(command, checkout, jobs) as opened:
        yield opened


@pytest.mark.airflow
@pytest.mark.slow
@pytest.mark.parametrize("block", answering(on_database=False), ids=name)
def test_a_command_of_a_page_does_what_the_page_says(
    airflow: LocalAirflow, checkout: Path, jobs: Jobs, block: str
) -> None:
    _type(block, airflow, checkout, jobs)


def _type(block: str, airflow: LocalAirflow, checkout: Path, jobs: Jobs) -> None:
    airflow.unpause("ingest_hourly")
    jobs.plan({"silver": {"report": {"changed": False}}})
    known = set(airflow.run_ids("ingest_hourly"))

    done = subprocess.run(
        ["bash", "-euc", block], cwd=checkout, env=shell(jobs),
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    if "backfill" in block:
        day = re.search(r"--from-date (\S{10})", block)[1]  # type: ignore[index] # the command needs one
        due = {f"{day}T00:07:00Z", f"{day}T01:07:00Z"}
        wait_for(lambda: due <= _ended(airflow, known), "two runs", jobs.commands)
    if "dags list" in block:
        assert "retrain_monthly" in done.stdout
    if "pools import" in block:
        assert airflow.rest.get("pools", "lake_writer")["slots"] == 1


def _ended(airflow: LocalAirflow, known: set[str]) -> set[str]:
    """The times of the new runs that succeeded."""
    runs = airflow.rest.get("dags", "ingest_hourly", "dagRuns", limit=100)["dag_runs"]
    new = [run for run in runs if run["dag_run_id"] not in known]
    assert [run for run in new if run["state"] == "failed"] == []
    return {run["logical_date"] for run in new if run["state"] == "success"}


@pytest.mark.airflow
@pytest.mark.slow
@pytest.mark.parametrize("block", [block for block in serving() if "DB=" in block], ids=name)
def test_the_commands_of_a_page_work_on_a_database(tmp_path: Path, jobs: Jobs, block: str) -> None:
    named = DATABASE.search(block)
    assert named is not None, block
    port = int(named["port"])
    with socket.socket() as probe, ExitStack() as stack:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            pytest.skip(f"port {port}, which the page names, is taken on this machine")
        assert named["user"] == postgres.USER
        stack.enter_context(postgres.server(named["password"], named["database"], port))
        checkout = fresh_checkout(tmp_path)
        opened = stack.enter_context(typed(block, checkout, jobs))

        assert "retrain_monthly" in opened.dag_ids()
        for command in answering(on_database=True):
            _type(command, opened, checkout, jobs)
