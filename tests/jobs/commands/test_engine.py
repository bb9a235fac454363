"""`assay engine`: a warm engine that a person or a run holds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import cli
from jobs.runtime.settings import Settings
from lakehouse.engine.process import is_running
from lakehouse.engine.warm import warm_engine
from tests.support.commands import assay
from tests.support.waiting import output, wait_for

REPO = Path(__file__).resolve().parents[3]


def call(state: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    code = cli.main(["engine", *words, "--state", str(state), "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lease",), "lease needs the run's id"),
        (("release",), "release needs the run's id"),
        (("lease", "--run-id", "two words"), "without blanks"),
        (("lease", "--run-id", "r", "--ttl", "soon"), "bad duration 'soon'"),
        (("lease", "--run-id", "r", "--ttl", "0h"), "bad duration '0h'"),
    ],
    ids=["lease", "release", "blank", "no duration", "no time"],
)
def test_a_call_that_cannot_be_carried_out_is_one_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, answer = call(tmp_path, capsys, *words)

    assert (code, said in str(answer["error"])) == (2, True), answer
    assert warm_engine(tmp_path) is None


def test_where_none_runs_status_stop_and_release_say_so(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)

    assert assay(settings, "engine", "status").lines == ("engine: none is running",)
    assert assay(settings, "engine", "stop").lines == ("engine: none was running",)
    assert assay(settings, "engine", "release", "--run-id", "r1").lines == ("engine: none was running",)


def test_a_damaged_state_file_is_told_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "engine.json").write_text("{")

    code, answer = call(tmp_path, capsys, "status")

    assert (code, "is damaged" in str(answer["error"])) == (1, True)


@pytest.mark.spark
def test_the_last_lease_stops_an_engine_that_no_person_started(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, engine_memory="1g", cores=1)
    assay(settings, "engine", "lease", "--run-id", "r1")
    first = warm_engine(tmp_path)
    assay(settings, "engine", "lease", "--run-id", "r2")
    second = warm_engine(tmp_path)
    assert first is not None
    assert second is not None

    held = assay(settings, "engine", "release", "--run-id", "r1")
    status = assay(settings, "engine", "status")
    last = assay(settings, "engine", "release", "--run-id", "r2")

    assert (first.pid, held.lines) == (second.pid, ("engine: released",))
    assert set(status.data["leases"]) == {"r2"}
    assert last.lines == ("engine: released, and stopped: nobody else holds it",)
    assert not is_running(first.pid)


@pytest.mark.spark
def test_an_engine_that_a_person_started_outlives_its_leases(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, engine_memory="1g", cores=1)
    started = assay(settings, "engine", "start")
    again = assay(settings, "engine", "start")
    assay(settings, "engine", "lease", "--run-id", "r1")

    released = assay(settings, "engine", "release", "--run-id", "r1")
    status = assay(settings, "engine", "status")
    stopped = assay(settings, "engine", "stop")

    assert (started.changed, again.changed) == (True, False)
    assert released.lines == ("engine: released",)
    assert "started by a person, leased by nobody" in status.lines[0]
    assert stopped.lines == ("engine: stopped",)
    assert warm_engine(tmp_path) is None


@pytest.mark.spark
def test_of_two_processes_that_start_at_once_one_starts_and_the_other_uses_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jobs.cli", "engine", "start", "--state", str(tmp_path), "--json",
               "--engine-memory", "1g", "--cores", "1"]  # fmt: skip
    both = [subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    answers = [json.loads(output(process)[0]) for process in both]
    engine = warm_engine(tmp_path)
    stopped = assay(Settings(state=tmp_path), "engine", "stop")

    assert engine is not None
    assert sorted(answer["changed"] for answer in answers) == [False, True]
    assert [answer["pid"] for answer in answers] == [engine.pid] * 2
    assert stopped.changed
    assert not is_running(engine.pid)


@pytest.mark.spark
def test_a_killed_start_leaves_an_engine_that_the_next_start_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jobs.cli", "engine", "start", "--state", str(tmp_path)]
    starter = subprocess.Popen([*command, "--engine-memory", "1g", "--cores", "1"], cwd=REPO)
    record = tmp_path / "engine.json"
    wait_for(record.exists, "the record of an engine that is being started")
    starter.kill()
    starter.wait()
    half = json.loads(record.read_text())

    started = assay(Settings(state=tmp_path, engine_memory="1g", cores=1), "engine", "start")
    whole = warm_engine(tmp_path)
    assay(Settings(state=tmp_path), "engine", "stop")

    assert half["listens"] is False
    assert not is_running(half["pid"])
    assert started.changed
    assert whole is not None
    assert whole.pid != half["pid"]
