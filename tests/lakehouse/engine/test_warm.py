"""The kept engine: who started it, who holds it, and when it ends. One real server for all of it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lakehouse.engine import warm
from lakehouse.engine.errors import EngineError
from lakehouse.engine.lock import engine_lock
from lakehouse.engine.process import is_running, started_at
from tests.support.waiting import PATIENCE_S, wait_for


def _stand_in(state: Path, started_by: str = warm.BY_LEASE, **leases: datetime) -> subprocess.Popen[bytes]:
    """A process in the place of a server: what holds an engine does not look inside it."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    ends = {run: end.isoformat() for run, end in leases.items()}
    engine = warm.WarmEngine(1, "token", process.pid, started_at(process.pid), started_by, ends)
    state.mkdir(parents=True, exist_ok=True)
    (state / "engine.json").write_text(json.dumps(asdict(engine)))
    return process


def _waiting_for(lock: Path) -> int:
    """How many of this process's threads have opened the lock beside its holder."""
    opened = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return opened.count(lock) - 1


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    if (tmp_path / "engine.json").exists() and "pid" in (tmp_path / "engine.json").read_text():
        warm.stop(tmp_path)


def test_the_last_lease_out_stops_the_engine_that_leases_started(state: Path) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    process = _stand_in(state, one=later, two=later)

    assert warm.release(state, "one") is False
    assert is_running(process.pid)
    assert warm.release(state, "two") is True
    assert not is_running(process.pid)
    assert warm.warm_engine(state) is None


def test_an_engine_that_a_person_started_outlives_every_lease(state: Path) -> None:
    process = _stand_in(state, warm.BY_PERSON)

    warm.lease(state, "run", 1.0, memory="1g", cores=1)

    assert warm.release(state, "run") is False
    assert is_running(process.pid)


def test_a_person_who_starts_a_leased_engine_keeps_it(state: Path) -> None:
    process = _stand_in(state, run=datetime.now(UTC) + timedelta(hours=1))

    engine, is_new = warm.start(state, memory="1g", cores=1)

    assert (engine.started_by, is_new, list(engine.leases)) == (warm.BY_PERSON, False, ["run"])
    assert warm.release(state, "run") is False
    assert is_running(process.pid)


def test_an_expired_lease_holds_nothing_and_a_repeated_one_renews(state: Path) -> None:
    _stand_in(state, dead=datetime.now(UTC) - timedelta(seconds=1))

    first = warm.lease(state, "run", 1.0, memory="1g", cores=1)
    second = warm.lease(state, "run", 2.0, memory="1g", cores=1)

    assert list(first.leases) == list(second.leases) == ["run"]
    assert second.leases["run"] > first.leases["run"]
    assert warm.release(state, "run") is True


def test_releasing_what_was_never_held_stops_nothing(state: Path) -> None:
    process = _stand_in(state, run=datetime.now(UTC) + timedelta(hours=1))

    assert warm.release(state, "other") is False
    assert is_running(process.pid)
    assert warm.release(state / "empty", "other") is False


@pytest.mark.parametrize("began", ["1", ""], ids=["another's", "unknown"])
def test_another_process_of_the_same_id_is_neither_the_engine_nor_ended(state: Path, began: str) -> None:
    process = _stand_in(state)
    engine = warm.warm_engine(state)
    assert engine is not None

    (state / "engine.json").write_text(json.dumps(asdict(replace(engine, began=began))))

    assert warm.warm_engine(state) is None
    assert warm.release(state, "run") is False
    assert warm.stop(state) is False
    assert process.poll() is None
    process.kill()
    process.wait()


def test_who_comes_while_another_starts_the_engine_waits_and_uses_that_one(state: Path) -> None:
    with ThreadPoolExecutor() as pool:
        with engine_lock(state):
            second = pool.submit(warm.start, state, memory="1g", cores=1)
            third = pool.submit(warm.lease, state, "run", 1.0, memory="1g", cores=1)
            wait_for(lambda: _waiting_for(state / "engine.lock") == 2, "both at the lock")
            assert not second.done()
            process = _stand_in(state)
        engine, is_new = second.result(timeout=PATIENCE_S)

    assert (engine.pid, is_new, third.result().pid) == (process.pid, False, process.pid)


def test_an_engine_that_is_being_started_is_not_used_and_one_whose_starter_was_killed_is_ended(state: Path) -> None:
    process = _stand_in(state)
    engine = warm.warm_engine(state)
    assert engine is not None

    (state / "engine.json").write_text(json.dumps(asdict(replace(engine, listens=False))))

    assert warm.warm_engine(state) is None
    assert warm.stop(state) is True
    assert not is_running(process.pid)


def test_a_damaged_state_file_is_named_with_its_remedy(state: Path) -> None:
    (state / "engine.json").write_text('{"port": 1')

    with pytest.raises(EngineError, match=r"engine\.json is damaged .* remove it"):
        warm.warm_engine(state)
    (state / "engine.json").unlink()


def test_the_state_file_holds_the_token_and_is_nobody_elses(state: Path) -> None:
    _stand_in(state)

    warm.lease(state, "run", 1.0, memory="1g", cores=1)

    assert (state / "engine.json").stat().st_mode & 0o077 == 0


def test_what_a_killed_starter_left_ends_with_the_lease_of_its_run(state: Path) -> None:
    process = _stand_in(state)
    engine = warm.warm_engine(state)
    assert engine is not None
    (state / "engine.json").write_text(json.dumps(asdict(replace(engine, listens=False))))

    assert warm.release(state, "run") is True
    assert not is_running(process.pid)
    assert not (state / "engine.json").exists()
