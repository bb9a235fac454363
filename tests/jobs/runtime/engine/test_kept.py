"""The kept engine: who started it, who holds it, and when it ends. One real server for all of it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.runtime.engine import kept
from jobs.runtime.engine.configuration import jars
from jobs.runtime.engine.errors import EngineError, EngineMissingError
from jobs.runtime.engine.server import is_running, start_server, started_at
from jobs.runtime.exits import ExitCode, exit_code


def _stand_in(state: Path, started_by: str = kept.BY_LEASE, **leases: datetime) -> subprocess.Popen[bytes]:
    """A process in the place of a server: what holds an engine does not look inside it."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    ends = {run: end.isoformat() for run, end in leases.items()}
    engine = kept.KeptEngine(1, "token", process.pid, started_by, ends, started_at(process.pid))
    state.mkdir(parents=True, exist_ok=True)
    (state / "engine.json").write_text(json.dumps(asdict(engine)))
    return process


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    if (tmp_path / "engine.json").exists() and "pid" in (tmp_path / "engine.json").read_text():
        kept.stop(tmp_path)


def test_the_last_lease_out_stops_the_engine_that_leases_started(state: Path) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    process = _stand_in(state, one=later, two=later)

    assert kept.release(state, "one") is False
    assert is_running(process.pid)
    assert kept.release(state, "two") is True
    assert not is_running(process.pid)
    assert kept.kept_engine(state) is None


def test_an_engine_that_a_person_started_outlives_every_lease(state: Path) -> None:
    process = _stand_in(state, kept.BY_PERSON)

    kept.lease(state, "run", 1.0, memory="1g", cores=1)

    assert kept.release(state, "run") is False
    assert is_running(process.pid)


def test_a_person_who_starts_a_leased_engine_keeps_it(state: Path) -> None:
    process = _stand_in(state, run=datetime.now(UTC) + timedelta(hours=1))

    engine, is_new = kept.start(state, memory="1g", cores=1)

    assert (engine.started_by, is_new, list(engine.leases)) == (kept.BY_PERSON, False, ["run"])
    assert kept.release(state, "run") is False
    assert is_running(process.pid)


def test_an_expired_lease_holds_nothing_and_a_repeated_one_renews(state: Path) -> None:
    _stand_in(state, dead=datetime.now(UTC) - timedelta(seconds=1))

    first = kept.lease(state, "run", 1.0, memory="1g", cores=1)
    second = kept.lease(state, "run", 2.0, memory="1g", cores=1)

    assert list(first.leases) == list(second.leases) == ["run"]
    assert second.leases["run"] > first.leases["run"]
    assert kept.release(state, "run") is True


def test_releasing_what_was_never_held_stops_nothing(state: Path) -> None:
    process = _stand_in(state, run=datetime.now(UTC) + timedelta(hours=1))

    assert kept.release(state, "other") is False
    assert is_running(process.pid)
    assert kept.release(state / "empty", "other") is False


def test_another_process_of_the_same_id_is_not_the_engine(state: Path) -> None:
    process = _stand_in(state)
    engine = kept.kept_engine(state)
    assert engine is not None

    (state / "engine.json").write_text(json.dumps(asdict(replace(engine, began="1"))))

    assert kept.kept_engine(state) is None
    process.kill()
    process.wait()


def test_a_damaged_state_file_is_named_with_its_remedy(state: Path) -> None:
    (state / "engine.json").write_text('{"port": 1')

    with pytest.raises(EngineError, match=r"engine\.json is damaged .* remove it"):
        kept.kept_engine(state)
    (state / "engine.json").unlink()


def test_the_state_file_holds_the_token_and_is_nobody_elses(state: Path) -> None:
    _stand_in(state)

    kept.lease(state, "run", 1.0, memory="1g", cores=1)

    assert (state / "engine.json").stat().st_mode & 0o077 == 0


def test_no_java_and_no_jars_are_a_matter_of_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    with pytest.raises(EngineMissingError, match="install Java 17") as java:
        start_server(tmp_path, memory="1g", cores=1, outlives_us=False)

    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(EngineMissingError, match="make setup"):
        jars()

    assert exit_code(java.value) is ExitCode.USAGE
    assert exit_code(EngineError("broke")) is ExitCode.UNEXPECTED


def test_a_server_that_ends_at_once_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="its log ends"):
        start_server(tmp_path, memory="no-size", cores=1, outlives_us=False)


def test_a_process_that_ended_does_not_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    assert not is_running(process.pid)
    assert is_running(os.getpid())
    assert started_at(process.pid) == ""
