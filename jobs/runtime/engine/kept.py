"""The kept engine: one warm server for many jobs. A person starts and stops it; DAG runs hold it by leases."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jobs.runtime.engine.errors import EngineError
from jobs.runtime.engine.server import EngineAddress, is_running, start_server, started_at, stop_server

BY_PERSON = "person"
BY_LEASE = "lease"


@dataclass(frozen=True, slots=True)
class KeptEngine:
    """A kept server and who holds it: `leases` is run id -> expiry (ISO 8601, UTC).

    `began` is when the process began: its id alone may by now be another's.
    """

    port: int
    token: str
    pid: int
    started_by: str
    leases: dict[str, str] = field(default_factory=dict)
    began: str = ""

    @property
    def remote(self) -> str:
        """The Spark Connect URL."""
        return EngineAddress(self.port, self.token, self.pid).remote

    def live_leases(self, now: datetime) -> dict[str, str]:
        """Leases that have not expired."""
        return {run: end for run, end in self.leases.items() if datetime.fromisoformat(end) > now}


def kept_engine(state: Path) -> KeptEngine | None:
    """The kept engine that runs, or None."""
    try:
        engine = KeptEngine(**json.loads((state / "engine.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as exc:
        raise EngineError(f"{state / 'engine.json'} is damaged ({exc}); remove it and start the engine again") from exc
    is_ours = not engine.began or started_at(engine.pid) == engine.began
    return engine if is_ours and is_running(engine.pid) else None


def start(state: Path, *, memory: str, cores: int) -> tuple[KeptEngine, bool]:
    """The kept engine, started for a person where none runs; and whether it was started now.

    One that runs for leases is a person's from now on: the last lease no longer ends it.
    """
    with _locked(state):
        engine, is_new = _running_or_new(state, memory=memory, cores=cores, started_by=BY_PERSON)
        return _save(state, replace(engine, started_by=BY_PERSON)), is_new


def stop(state: Path) -> bool:
    """Stop the kept engine whoever holds it; False where none runs."""
    with _locked(state):
        engine = kept_engine(state)
        if engine is not None:
            stop_server(engine.pid)
        (state / "engine.json").unlink(missing_ok=True)
        return engine is not None


def lease(state: Path, run_id: str, hours: float, *, memory: str, cores: int) -> KeptEngine:
    """Hold the engine for a run, starting it where none runs. A repeated lease of a run renews it."""
    with _locked(state):
        now = datetime.now(UTC)
        engine, _ = _running_or_new(state, memory=memory, cores=cores, started_by=BY_LEASE)
        leases = {**engine.live_leases(now), run_id: (now + timedelta(hours=hours)).isoformat()}
        return _save(state, replace(engine, leases=leases))


def release(state: Path, run_id: str) -> bool:
    """Give a run's lease back; the last one out stops an engine that no person started. True where it was stopped."""
    with _locked(state):
        engine = kept_engine(state)
        if engine is None:
            return False
        leases = {run: end for run, end in engine.live_leases(datetime.now(UTC)).items() if run != run_id}
        if leases or engine.started_by == BY_PERSON:
            _save(state, replace(engine, leases=leases))
            return False
        stop_server(engine.pid)
        (state / "engine.json").unlink(missing_ok=True)
        return True


def _running_or_new(state: Path, *, memory: str, cores: int, started_by: str) -> tuple[KeptEngine, bool]:
    engine = kept_engine(state)
    if engine is not None:
        return engine, False
    address = start_server(state / "engine", memory=memory, cores=cores, outlives_us=True)
    new = KeptEngine(address.port, address.token, address.pid, started_by, began=started_at(address.pid))
    return _save(state, new), True


def _save(state: Path, engine: KeptEngine) -> KeptEngine:
    """Write the state file at once or not at all; it holds the token, so nobody else may read it."""
    path = state / "engine.json"
    temporary = path.with_suffix(".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(asdict(engine), out)
    temporary.replace(path)
    return engine


@contextmanager
def _locked(state: Path) -> Iterator[None]:
    state.mkdir(parents=True, exist_ok=True)
    with (state / "engine.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
