"""The warm engine: one server for many jobs. A person starts and stops it; DAG runs hold it by leases."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lakehouse.bounded_log import bound_log
from lakehouse.engine.errors import EngineError
from lakehouse.engine.lock import engine_lock
from lakehouse.engine.process import is_running, started_at
from lakehouse.engine.server import LOG, EngineAddress, start_server, stop_server

BY_PERSON = "person"
BY_LEASE = "lease"
HOME = "engine"  # the folder of the state that the server works in


@dataclass(frozen=True, slots=True)
class WarmEngine:
    """A warm server and who holds it: `leases` is run id -> expiry (ISO 8601, UTC).

    `began` is when the process began: its id alone may by now be another's. One that does not yet listen is being
    started by whoever holds the engine's lock; where nobody does, its starter was killed.
    """

    port: int
    token: str
    pid: int
    began: str
    started_by: str
    leases: dict[str, str] = field(default_factory=dict)
    listens: bool = True

    @property
    def remote(self) -> str:
        """The Spark Connect URL."""
        return EngineAddress(self.port, self.token, self.pid).remote

    def live_leases(self, now: datetime) -> dict[str, str]:
        """Leases that have not expired."""
        return {run: end for run, end in self.leases.items() if datetime.fromisoformat(end) > now}


def warm_engine(state: Path) -> WarmEngine | None:
    """The warm engine that runs and has been started to the end, or None.

    Raises:
        EngineError: The state file is damaged.
    """
    engine = _recorded(state)
    return engine if engine is not None and engine.listens else None


def bound_its_log(state: Path) -> None:
    """Hold the log of the warm engine below its size: a server that runs for months writes all the while."""
    bound_log(state / HOME / LOG)


def start(state: Path, *, memory: str, cores: int) -> tuple[WarmEngine, bool]:
    """The warm engine, started for a person where none runs; and whether it was started now.

    One that runs for leases is a person's from now on: the last lease no longer ends it.
    """
    with engine_lock(state):
        engine, is_new = _running_or_new(state, memory=memory, cores=cores, started_by=BY_PERSON)
        return _save(state, replace(engine, started_by=BY_PERSON)), is_new


def stop(state: Path) -> bool:
    """Stop the warm engine whoever holds it; False where none runs."""
    with engine_lock(state):
        engine = _recorded(state)
        if engine is not None:
            stop_server(engine.pid, engine.began)
        (state / "engine.json").unlink(missing_ok=True)
        return engine is not None


def lease(state: Path, run_id: str, hours: float, *, memory: str, cores: int) -> WarmEngine:
    """Hold the engine for a run, starting it where none runs. A repeated lease of a run renews it."""
    bound_its_log(state)
    with engine_lock(state):
        now = datetime.now(UTC)
        engine, _ = _running_or_new(state, memory=memory, cores=cores, started_by=BY_LEASE)
        leases = {**engine.live_leases(now), run_id: (now + timedelta(hours=hours)).isoformat()}
        return _save(state, replace(engine, leases=leases))


def release(state: Path, run_id: str) -> bool:
    """Give a run's lease back; the last one out stops an engine that no person started. True where it was stopped.

    One that does not listen was left by a starter that was killed, as its lock is free: it is stopped too.
    """
    with engine_lock(state):
        engine = _recorded(state)
        if engine is None:
            return False
        leases = {run: end for run, end in engine.live_leases(datetime.now(UTC)).items() if run != run_id}
        if engine.listens and (leases or engine.started_by == BY_PERSON):
            _save(state, replace(engine, leases=leases))
            return False
        stop_server(engine.pid, engine.began)
        (state / "engine.json").unlink(missing_ok=True)
        return True


def _running_or_new(state: Path, *, memory: str, cores: int, started_by: str) -> tuple[WarmEngine, bool]:
    engine = _recorded(state)
    if engine is not None and engine.listens:
        return engine, False
    if engine is not None:
        stop_server(engine.pid, engine.began)

    def record(address: EngineAddress, *, listens: bool = False) -> WarmEngine:
        new = WarmEngine(address.port, address.token, address.pid, started_at(address.pid), started_by, listens=listens)
        return _save(state, new)

    address = start_server(state / HOME, memory=memory, cores=cores, outlives_us=True, spawned=record)
    return record(address, listens=True), True


def _recorded(state: Path) -> WarmEngine | None:
    """The engine in the state file if its process runs, started to the end or not."""
    try:
        engine = WarmEngine(**json.loads((state / "engine.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as exc:
        raise EngineError(f"{state / 'engine.json'} is damaged ({exc}); remove it and start the engine again") from exc
    return engine if engine.began and is_running(engine.pid, engine.began) else None


def _save(state: Path, engine: WarmEngine) -> WarmEngine:
    """Write the state file at once or not at all; it holds the token, so nobody else may read it."""
    path = state / "engine.json"
    temporary = path.with_suffix(".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(asdict(engine), out)
    temporary.replace(path)
    return engine
