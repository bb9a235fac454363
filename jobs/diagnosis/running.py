"""What runs: who holds the lake, the warm engine, and the port of Airflow."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

from jobs.diagnosis.finding import Finding, Level
from jobs.runtime.settings import Settings
from lakehouse.engine.errors import EngineError
from lakehouse.engine.warm import warm_engine
from lakehouse.lock import holder, is_held

_AIRFLOW_PORT = 8080


def lock(settings: Settings) -> Iterator[Finding]:
    """Who holds the lake, or held it last."""
    who = holder(settings.lake)
    if is_held(settings.lake):
        yield Finding("lock", Level.OK, f"the lake is held by {who or 'another user'}")
    elif who is not None:
        yield Finding(
            "lock", Level.OK, f"free; the last holder, {who}, was killed: its next run goes on where it ended"
        )
    else:
        yield Finding("lock", Level.OK, "the lake is free")


def engine(settings: Settings) -> Iterator[Finding]:
    """The warm engine, and leases on it that ran out."""
    try:
        engine = warm_engine(settings.state)
    except EngineError as error:
        yield Finding("engine", Level.FAIL, str(error))
        return
    if engine is None:
        stale = (settings.state / "engine.json").exists()
        remedy = "its state file is left over; assay engine stop removes it" if stale else ""
        yield Finding("engine", Level.WARN if stale else Level.OK, "none is running", remedy)
        return
    expired = sorted(set(engine.leases) - set(engine.live_leases(datetime.now(UTC))))
    for run in expired:
        yield Finding("engine", Level.WARN, f"the lease of {run} has expired", f"assay engine release {run}")
    yield Finding("engine", Level.OK, f"process {engine.pid}, started by a {engine.started_by}")


def ports(_settings: Settings) -> Iterator[Finding]:
    """A port that is taken is no fault: the one who has it may be our Airflow."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", _AIRFLOW_PORT)) == 0
    found = f"{_AIRFLOW_PORT} of 127.0.0.1 is {'taken' if taken else 'free'}"
    remedy = "if not by our Airflow, start it with another --port" if taken else ""
    yield Finding("ports", Level.WARN if taken else Level.OK, found, remedy)
